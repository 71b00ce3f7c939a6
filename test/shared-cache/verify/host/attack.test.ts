import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { planFix } from '../../../../src/shared-cache/verify/core/fix'
import type { Damage } from '../../../../src/shared-cache/package-managers/core/task'
import type { Host } from '../../../../src/foundation/cli/command'
import { makeCaches, removeSteps } from '../../../../src/shared-cache/directories/host/caches'
import { verifyCache } from '../../../../src/shared-cache/verify/host/run'
import { archive, crate, download, npmEntry, put, wheel } from '../../../support/cache-files'
import { mountSmallDisk, type SmallDisk } from '../../../support/small-disk'
import { localHost } from '../../../support/host'

/** Number of swaps; ten thousand take a minute or two. */
const SWAPS = Number(process.env['SHARED_CACHE_TEST_SWAPS'] ?? 1000)

/** Swaps each directory with a link to its copy outside, and back. Writes the number of swaps to a file. */
const ATTACKER = `
  const fs = require('node:fs')
  const [root, outside, counter, ...places] = process.argv.slice(1)
  const quietly = (use) => { try { use() } catch {} }
  let swaps = 0
  const round = () => {
    for (let i = 0; i < 20; i++) {
      for (const [index, name] of places.entries()) {
        const place = root + '/' + name
        const link = root + '/npm/link' + index
        const away = root + '/npm/away' + index
        quietly(() => fs.symlinkSync(outside + '/' + name, link))
        quietly(() => fs.renameSync(place, away))
        quietly(() => fs.renameSync(link, place))
        quietly(() => fs.renameSync(place, link))
        quietly(() => fs.renameSync(away, place))
        swaps += 2
      }
    }
    fs.writeFileSync(counter, String(swaps))
    setImmediate(round)
  }
  round()
`

let base: string
let root: string
let outside: string
let host: Host
let disk: SmallDisk | undefined
let attacker: ChildProcess

function fill(): readonly string[] {
  const content = npmEntry(join(root, 'npm'), 'a package').content
  crate(join(root, 'rust'), 'rand', '0.8.5', 'ra/nd/rand')
  const head = download(join(root, 'pip'), 'http-v2', wheel())
  archive(join(root, 'uv'), 'x')
  put(join(root, 'ms-playwright/chromium-1187/INSTALLATION_COMPLETE'))
  const registry = readdirSync(join(root, 'rust/registry/index'))[0] ?? ''
  return [
    `npm/${content.split('/').slice(0, 4).join('/')}`,
    `rust/registry/index/${registry}/.cache`,
    `rust/registry/cache/${registry}`,
    `rust/registry/src/${registry}/rand-0.8.5`,
    `pip/${head.split('/').slice(0, 3).join('/')}`,
    'uv/archive-v0',
    'uv/archive-v0/x',
    'uv/archive-v0/x/x',
    'uv/archive-v0/x/x-1.0.dist-info',
    'ms-playwright/chromium-1187',
  ]
}

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  root = join(base, 'shared')
  outside = join(base, 'outside')
  host = localHost(root)
  await makeCaches(host, ['npm', 'pip', 'uv', 'playwright', 'cargo'])
  const places = fill()
  // Root gets a file system with strict access times, which show every read.
  if (process.getuid?.() === 0) {
    disk = mountSmallDisk(outside)
    execFileSync('mount', ['-o', 'remount,strictatime', outside])
  }
  mkdirSync(outside, { recursive: true })
  cpSync(root, outside, { recursive: true, verbatimSymlinks: true })
  attacker = spawn(process.execPath, [
    '-e',
    ATTACKER,
    root,
    outside,
    join(base, 'counter'),
    ...places,
  ])
})
afterEach(async () => {
  attacker.kill('SIGKILL')
  if (attacker.exitCode === null && attacker.signalCode === null) await once(attacker, 'exit')
  disk?.unmount()
  disk = undefined
  rmSync(base, { recursive: true, force: true })
})

function swaps(): number {
  const counter = join(base, 'counter')
  return existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0
}

/** Everything that would change if something outside were used, including access times. */
function seenOutside(paths: readonly string[]): readonly string[] {
  return paths.map((path) => {
    const { ino, mode, nlink, size, atimeNs, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true })
    return [path, ino, mode, nlink, size, disk ? atimeNs : 0n, mtimeNs, ctimeNs].join(' ')
  })
}

test('verify and its --fix read, change and delete nothing outside, with any swaps', async () => {
  // Listed once, because listing a directory reads it.
  const paths = execFileSync('find', [outside], { encoding: 'utf8' }).trim().split('\n')
  const before = seenOutside(paths)
  let proven = 0
  let rounds = 0
  const verifyAll = async (fix: boolean) => {
    for (const cache of ['npm', 'pip', 'uv', 'playwright', 'cargo']) {
      const damages: Damage[] = []
      const { tally } = await verifyCache(host, cache, Date.now(), {
        damage: (damage) => damages.push(damage),
        progress: () => undefined,
      })
      proven += tally.proven
      if (fix) await removeSteps(host, cache, planFix(damages).steps, () => undefined)
    }
    rounds += 1
  }
  while (swaps() < SWAPS || rounds < 10) await verifyAll(false)
  // It checked existing entries.
  expect(proven).toBeGreaterThan(rounds)
  // Removal comes last: entries that look damaged during a swap may be removed.
  for (let round = 0; round < 10; round++) await verifyAll(true)
  expect(seenOutside(paths)).toEqual(before)
  if (process.env['SHARED_CACHE_TEST_SWAPS']) console.log(`${swaps()} swaps, ${rounds} rounds`)
}, 900_000)
