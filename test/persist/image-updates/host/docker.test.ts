import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connectEngine } from '../../../../src/foundation/docker/engine'
import { followImage, recordImage } from '../../../../src/persist/image-updates/host/follow'
import { readImageTree } from '../../../../src/persist/image-updates/host/read-image'
import { makePersistServer, type PersistServer } from '../../../support/persist-server'
import { throwAwayEngine } from '../../../support/throw-away-engine'

const throwAway = await throwAwayEngine()
const NOW = new Date('2026-01-02T03:04:05Z')
const LONG = `long/${'n'.repeat(120)}/${'m'.repeat(200)}`

/** Files of the first image, with everything that an archive of Docker can have. */
const ONE = `mkdir -p data/d data/${LONG} data/odd; cd data
  printf a1 >a; printf b1 >b; printf gone1 >d/gone; printf x >${LONG}/file
  ln a hard; ln -s /etc/passwd link; mkfifo pipe; printf x >$'odd/new\\nline'; printf x >odd/ä
  printf x >$'odd/\\xff'; : >empty; head -c 3000000 /dev/zero >large
  chown 1234:5678 b d; chown -h 7:8 link; chmod 4755 b; chmod 1770 d; chmod 2755 odd
  chown 3000000:3000000 empty; cd ..; ln -s data linked`
/** What the second one changes. */
const TWO = `${ONE}
  cd data; printf a2 >other; mv other a; printf b2 >b; rm d/gone; mkdir n; printf new2 >n/new
  ln n/new n/hard; ln -sfn /x link; printf x2 >$'odd/\\xff'`

describe.skipIf(throwAway === null)('images of a real Engine (needs Docker)', () => {
  const engine = connectEngine({ DOCKER_HOST: throwAway?.host ?? '' })
  const name = `persist-test-${process.pid}`
  let base: string
  let server: PersistServer

  const sh = (script: string) =>
    execFileSync('bash', ['-ec', script], {
      cwd: base,
      env: { ...process.env, DOCKER_HOST: throwAway?.host },
    }).toString()

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'persist-'))
    server = makePersistServer(base)
    vi.stubEnv('PATH', `${join(base, 'bin')}:${process.env['PATH'] ?? ''}`)
    for (const [tag, script] of Object.entries({ one: ONE, two: TWO })) {
      sh(`mkdir ${tag}; cd ${tag}; ${script}`)
      sh(`tar -C ${tag} -c . | docker import - ${name}:${tag}`)
    }
  })
  afterAll(async () => {
    sh(`docker rmi -f ${name}:one ${name}:two; docker volume rm -f ${name}`)
    vi.unstubAllEnvs()
    await throwAway?.stop()
    rmSync(base, { recursive: true, force: true })
  })

  /** Everything below a directory, but pipes: type, path, owner, mode, target and content. */
  const listing = (directory: string) =>
    sh(`cd '${directory}'; find . ! -type p -printf '%y %p %U:%G %m %l\\n' | LC_ALL=C sort
      find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`)

  async function fill(): Promise<void> {
    await engine.createBindVolume(name, server.volume, {})
    await engine.fillVolume(`${name}:one`, name, '/data')
    await recordImage(server.host, engine, { entry: 'v', path: '/data' }, `${name}:one`, NOW)
  }

  test('what is read is what Docker copies into a volume', async () => {
    await fill()
    const tree = await readImageTree(engine, `${name}:one`, '/data')
    const paths = [...(tree ?? new Map<string, never>()).keys()]
    const states = server.state(paths)
    const read = paths.map((path) => ({ path, ...tree?.get(path) }))
    const copied = states.map((state, index) => {
      const { names, ...entry } = { names: 0, ...state }
      return { path: paths[index], ...entry, names }
    })
    expect(copied.map(({ names, ...entry }) => (names >= 0 ? entry : null))).toEqual(read)
    const found = sh(`find '${server.volume}' ! -type p -printf x`)
    expect(paths).toHaveLength(found.length)
    expect(await readImageTree(engine, `${name}:one`, '/linked')).toEqual(tree)
    expect(await readImageTree(engine, `${name}:one`, '/nowhere')).toBeNull()
    expect(await readImageTree(engine, `${name}:one`, '/data/a')).toBeNull()
  })

  test('a new image makes the volume as a new volume would be', async () => {
    const volume = { entry: 'v', path: '/data', owner: null }
    const followed = await followImage(server.host, engine, volume, `${name}:two`, NOW)
    expect(followed.lines).toEqual([])
    expect(listing(server.volume)).toBe(listing(join(base, 'two/data')))
    const again = await followImage(server.host, engine, volume, `${name}:two`, NOW)
    expect(again).toEqual({ changes: 0, lines: [] })
  })

  test('no container is left', async () => {
    expect(await engine.containers({ ancestor: [`${name}:two`] })).toEqual([])
  })
})
