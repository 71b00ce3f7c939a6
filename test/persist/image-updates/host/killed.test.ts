import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { lstatSync, readlinkSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { candidates } from '../../../../src/persist/image-updates/core/merge'
import { planMerge } from '../../../../src/persist/image-updates/core/plan'
import { type HelperStep, PART } from '../../../../src/persist/image-updates/core/step'
import { directory, file, link, sha256, tree } from '../../../support/image-tree'
import { makePersistServer, mergeInput, type PersistServer } from '../../../support/persist-server'
import { canInject, injecting } from '../../../support/strace'

/** Points at which the merge is killed; SHARED_CACHE_TEST_POINTS=100 uses all. */
const POINTS = Number(process.env['SHARED_CACHE_TEST_POINTS'] ?? 8)
/** The system calls that change something. */
const CHANGES = [
  ...['mkdir', 'rmdir', 'unlink', 'rename', 'link', 'symlink', 'openat'],
  ...['chmod', 'fchmod', 'chown', 'fchown', 'write', 'pwrite64', 'utimensat'],
].join()

const OWNER = { uid: 1234, gid: 1234 }
const SECRET = file('setuid', { mode: 0o4755 })
const BASE = tree({
  ...{ a: file('a1'), b: file('b1'), gone: file('gone1'), 'd/x': file('x1'), l: link('l1') },
  ...{ kind: file('kind1'), 'turned/y': file('y1'), mode: file('mode'), s: SECRET },
})
const NEXT = tree({
  ...{ a: file('a2', OWNER), b: file('b2'), 'n/new': file('new2', { mode: 0o600 }), l: link('l2') },
  ...{ 'kind/z': file('z2'), turned: file('turned2'), mode: file('mode', { mode: 0o600 }) },
  s: file('setuid', { ...OWNER, mode: 0o4755 }),
  n: directory({ ...OWNER, mode: 0o2750 }),
})
const CONTENTS = new Map(
  ['a2', 'b2', 'new2', 'z2', 'turned2', 'setuid'].map((content) => [sha256(content), content]),
)

let base: string
let server: PersistServer

function fill(): void {
  rmSync(server.volume, { recursive: true, force: true })
  mkdirSync(server.volume)
  const put = (path: string, content: string, mode = 0o644) => {
    mkdirSync(dirname(join(server.volume, path)), { recursive: true })
    writeFileSync(join(server.volume, path), content, { mode })
  }
  for (const path of ['a', 'gone', 'kind']) put(path, `${path}1`)
  put('b', 'mine')
  put('d/x', 'x1')
  put('d/own', 'own')
  put('turned/y', 'y1')
  put('mode', 'mode')
  put('s', 'setuid')
  symlinkSync('l1', join(server.volume, 'l'))
  server.merge([[{ kind: 'set', path: 's', expected: file('setuid'), wanted: SECRET }]])
}

/** The input for what is still missing. */
function missing(): Buffer {
  const asked = candidates([BASE], NEXT)
  const states = server.state([...asked.keys()])
  const current = new Map([...asked.keys()].map((path, index) => [path, states[index] ?? null]))
  const { steps } = planMerge(BASE, NEXT, current)
  const contents = steps.map((step): [HelperStep, string] => [
    step,
    step.kind === 'write' ? (CONTENTS.get(step.wanted.hash) ?? '') : '',
  ])
  return mergeInput(contents)
}

/** Everything in the volume, with contents, owners and modes. */
function listing(): Record<string, string> {
  const names = readdirSync(server.volume, { recursive: true, encoding: 'utf8' })
  return Object.fromEntries(
    names.sort().map((name) => {
      const path = join(server.volume, name)
      const { uid, gid, mode } = lstatSync(path)
      const stats = lstatSync(path)
      const content = stats.isFile() ? readFileSync(path, 'utf8') : ''
      const target = stats.isSymbolicLink() ? readlinkSync(path) : ''
      return [name, `${uid}:${gid} ${mode.toString(8)} ${content}${target}`]
    }),
  )
}

describe.skipIf(!canInject())('a merge killed at any change (needs strace and chattr)', () => {
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'persist-'))
    server = makePersistServer(base)
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  test('leaves whole files, and the next one completes it', () => {
    fill()
    const input = missing()
    const trace = join(base, 'trace')
    server.run(['merge', 'v'], input, ['strace', '-o', trace, '-e', `trace=${CHANGES}`])
    const end = listing()
    expect(Object.keys(end)).toEqual([
      ...['a', 'b', 'b.image-new', 'd', 'd/own', 'kind', 'kind/z', 'l', 'mode', 'n', 'n/new', 's'],
      'turned',
    ])
    const seen = new Map<string, number>()
    const calls = [...readFileSync(trace, 'utf8').matchAll(/^(\w+)\((.*)/gm)].flatMap(
      ([, call = '', rest = '']) => {
        const nth = (seen.get(call) ?? 0) + 1
        seen.set(call, nth)
        return call === 'openat' && !rest.includes(PART) ? [] : [[call, nth] as const]
      },
    )
    const step = Math.max(1, calls.length / POINTS)
    const points = calls.filter((_, index) => Math.floor(index % step) === 0)
    let killed = 0
    for (const [call, nth] of points) {
      fill()
      const before = listing()
      const strace = injecting(call, 'signal=KILL', nth, trace)
      if (server.run(['merge', 'v'], input, strace).signal === 'SIGKILL') killed += 1
      for (const [path, found] of Object.entries(listing())) {
        if (path !== PART) expect([before[path], end[path]]).toContain(found)
      }
      expect(server.run(['merge', 'v'], missing())).toMatchObject({ status: 0, stderr: '' })
      expect(listing()).toEqual(end)
    }
    expect(killed).toBeGreaterThan(points.length / 2)
    if (POINTS > 10) console.log(`killed at ${killed} points of ${calls.length}`)
  }, 600_000)
})
