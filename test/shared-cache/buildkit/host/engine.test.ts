import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CacheRecord, readRecord } from '../../../../src/shared-cache/buildkit/core/records'
import type { BuildCacheReport } from '../../../../src/shared-cache/buildkit/core/report'
import { compareApi } from '../../../../src/foundation/docker/engine/client'
import { connectEngine } from '../../../../src/foundation/docker/engine'
import { runBundle } from '../../../support/bundle'
import { buildClient, importBase, throwAwayEngine } from '../../../support/throw-away-engine'

const BASE = 'shared-cache-test/base'
const KB = 1024

const client = buildClient()
const throwAway = await throwAwayEngine()
const host = throwAway?.host ?? ''
const engine = connectEngine({ DOCKER_HOST: host || undefined })
let context = ''

interface Build {
  readonly image?: string
  readonly args?: Readonly<Record<string, string>>
}

/** Builds `RUN` lines. Without an image only the cache is left. Returns the output. */
async function build(lines: readonly string[], { image, args = {} }: Build = {}): Promise<string> {
  const input = [`FROM ${BASE}`, 'ARG TRY', ...lines].join('\n')
  const named = image
    ? ['--tag', `dokku/${image}:latest`, '--label', `com.dokku.app-name=${image}`]
    : ['--output', 'type=cacheonly']
  const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`])
  const argv = [
    ...(client?.build ?? []),
    '--network=none',
    '--progress=plain',
    ...named,
    ...given,
    '-f-',
    context,
  ]
  const { all: printed } = await execa(client?.file ?? '', argv, {
    input,
    all: true,
    env: { DOCKER_HOST: host, DOCKER_BUILDKIT: '1' },
  })
  // Docker counts its first measurement of a cache mount as a use of it.
  await engine.buildCache()
  return printed
}

/** A step that fills a cache mount: `fill('/m/a', 300)` writes 300 KiB. */
function fill(target: string, size: number, options = '', before = ''): string {
  const write = `dd if=/dev/zero of=${target}/blob-${size} bs=1024 count=${size} 2>/dev/null`
  return `RUN --mount=type=cache,target=${target}${options} ${before}${write}`
}

const records = async () => (await engine.buildCache()).map(readRecord)

/** The name of a record in a test: the target of a mount, the last word of a command. */
function nameOf({ mount, command, description }: CacheRecord): string {
  return mount ? mount.target : command ? `layer ${command.split(' ').at(-1) ?? ''}` : description
}

async function prune(...args: string[]) {
  const before = await records()
  const ran = await runBundle(['prune', '--buildkit', '--force', ...args], { DOCKER_HOST: host })
  expect(ran).toMatchObject({ exit: 0, stderr: '' })
  const left = await records()
  const ids = new Set(left.map(({ id }) => id))
  const gone = before.filter(({ id }) => !ids.has(id)).map(nameOf)
  return { gone: gone.sort(), left, stdout: ran.stdout }
}

function pruneAll(): void {
  execFileSync('docker', ['builder', 'prune', '-af'], {
    env: { ...process.env, DOCKER_HOST: host },
    stdio: 'ignore',
  })
}

const mounts = (all: readonly CacheRecord[]) =>
  all
    .filter(({ mount }) => mount)
    .map(nameOf)
    .sort()

const mountIds = async () => compareApi((await engine.version()).api, '1.44') >= 0

describe.skipIf(throwAway === null)(
  'the build cache of a real Engine (needs Docker)',
  { timeout: 120_000 },
  () => {
    /** Seconds between the old build and the start of the others. */
    let young = 0
    const age = () => `${(Date.now() - young) / 1000}s`

    beforeAll(async () => {
      context = mkdtempSync(join(tmpdir(), 'context-'))
      importBase(host, BASE)
      pruneAll()
      await build([fill('/m/old', 250)])
      // Docker records the end of the use a moment later.
      await sleep(2500)
      young = Date.now()
      // The program starts a moment after its age argument was computed.
      await sleep(3000)
      await build([fill('/m/one', 300)])
      await build([fill('/m/two', 500)])
      await build([fill('/m/lib', 400, ',id=lib')])
      await build([fill('/m/lib', 100, ',id=lib')])
      await build([fill('/m/lib', 200, ',id=lib,uid=1000')])
      const alone = (size: number) =>
        build([fill('/m/alone', size, ',sharing=private', 'sleep 2; ')])
      await Promise.all([alone(60), alone(70)])
      await build([fill('/m/web', 700)], { image: 'web' })
      await build([fill('/m/named', 150)], { args: { BUILDKIT_CACHE_MOUNT_NS: 'web' } })
      await build(['RUN dd if=/dev/zero of=/big bs=1024 count=900', 'RUN touch /second'])
      await build([fill('/m/three', 350)])
      await sleep(2500)
    }, 120_000)

    afterAll(async () => {
      execFileSync('docker', ['rmi', '-f', 'dokku/web', BASE], {
        env: { ...process.env, DOCKER_HOST: host },
        stdio: 'ignore',
      })
      pruneAll()
      await throwAway?.stop()
      rmSync(context, { recursive: true })
    })

    test('every number of the report is that of the Engine and of buildx', async () => {
      const env = { DOCKER_HOST: host, SHARED_CACHE_ROOT: join(context, 'none') }
      const { stdout } = await runBundle(
        ['report', '--global', '--buildkit', '--format', 'json'],
        env,
      )
      const { buildCache } = JSON.parse(stdout) as { buildCache: BuildCacheReport }
      const raws = await engine.buildCache()
      const total = raws.reduce((sum, { Size }) => sum + Size, 0)
      expect(buildCache).toMatchObject({ bytes: total, records: raws.length, inUseRecords: 0 })
      const reported = new Map(
        buildCache.details?.cacheMounts.map((one) => [one.record, one.bytes]),
      )
      const own = raws.filter(({ Type }) => Type === 'exec.cachemount')
      expect(reported).toEqual(new Map(own.map(({ ID, Size }) => [ID, Size])))

      if (!client?.hasBuildx) return
      const argv = ['buildx', 'du', '--verbose']
      const du = execFileSync(client.file, argv, {
        env: { ...process.env, DOCKER_HOST: host },
        encoding: 'utf8',
      })
      const ids = [...du.matchAll(/^ID:\s+(\S+)$/gm)].map(([, id]) => id)
      expect(ids.sort()).toEqual(raws.map(({ ID }) => ID).sort())
      expect(/^Total:\s+(.*)$/m.exec(du)?.[1]).toBe(`${Number((total / 1e6).toPrecision(4))}MB`)
    })

    test('cache mounts have the sizes that the builds wrote; after another use it is a lower bound', async () => {
      const sizes = (target: string, all: readonly CacheRecord[]) =>
        all.flatMap(({ mount, bytes }) => (mount?.target === target ? [bytes / KB] : [])).sort()
      const all = await records()
      expect(sizes('/m/one', all)).toEqual([300])
      expect(sizes('/m/two', all)).toEqual([500])
      expect(sizes('/m/alone', all)).toEqual([60, 70])
      const [other, lib] = sizes('/m/lib', all)
      expect(other).toBe(200)
      expect(lib === 400 || lib === 500).toBe(true)
    })

    test('a dry run changes nothing', async () => {
      expect((await prune('--max-size', '0', '--dry-run')).gone).toEqual([])
    })

    test('by age', async () => {
      const { gone } = await prune('--older-than', age())
      expect(gone).toEqual(['/m/old', 'layer 2>/dev/null'])
    })

    test('by id, and no other', async () => {
      expect((await prune('--cache-mount', '/m/one')).gone).toEqual(['/m/one'])
    })

    test('one id can be several records', async () => {
      const name = (await mountIds()) ? 'lib' : '/m/lib'
      expect((await prune('--cache-mount', name)).gone).toEqual(['/m/lib', '/m/lib'])
    })

    test('by app, as far as known', async () => {
      const known = (await mountIds()) ? ['/m/named', '/m/web'] : ['/m/web']
      expect((await prune('--app', 'web')).gone).toEqual(known)
    })

    test('by type and size, the least recently used first', async () => {
      const { gone, left } = await prune(
        '--type',
        'exec.cachemount',
        '--max-size',
        String(350 * KB),
      )
      const named = (await mountIds()) ? [] : ['/m/named']
      expect(gone).toEqual(['/m/alone', '/m/alone', ...named, '/m/two'])
      expect(mounts(left)).toEqual(['/m/three'])
      expect(left.map(nameOf)).toContain('layer /second')
    })

    test('by size: the rest is within it, and the last used is kept', async () => {
      const { left, stdout } = await prune('--max-size', String(360 * KB))
      const own = left.filter(({ shared }) => !shared)
      expect(own.reduce((total, { bytes }) => total + bytes, 0)).toBeLessThanOrEqual(360 * KB)
      expect(mounts(left)).toEqual(['/m/three'])
      expect(stdout).toMatch(/freed (\S+ \S+) \(planned \1\)/)
    })

    test('a concurrent build succeeds, and what it uses is kept', async () => {
      const running = build([
        fill('/m/busy', 100),
        fill('/m/busy', 101, '', 'sleep 6; '),
        'RUN touch /done',
      ])
      await sleep(3500)
      const { left } = await prune('--max-size', '0')
      expect(mounts(left.filter(({ inUse }) => inUse))).toEqual(['/m/busy'])
      expect(mounts(left)).toEqual(['/m/busy'])
      await expect(running).resolves.toContain('touch /done')
    })

    test('the next build of a kept mount is hot, of a removed one is cold', async () => {
      const look = (target: string) =>
        `RUN --mount=type=cache,target=${target} : $TRY; cat ${target}/blob-10 >/dev/null && echo "is"" hot" || echo "is"" cold"`
      await build([fill('/m/kept', 10), fill('/m/gone', 10)])
      await sleep(2500)
      await prune('--max-size', '0', '--keep-cache-mounts')
      await prune('--cache-mount', '/m/gone')
      expect(await build([look('/m/kept')], { args: { TRY: '1' } })).toContain('is hot')
      expect(await build([look('/m/gone')], { args: { TRY: '2' } })).toContain('is cold')
    })
  },
)
