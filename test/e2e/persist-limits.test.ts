import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mountBtrfs } from '../support/btrfs'
import { makeDoubleServer } from './double-server'
import { canServe, REAL } from './harness'

const mounted = mkdtempSync(join(tmpdir(), 'btrfs-'))
const disk = canServe && REAL === '' ? mountBtrfs(mounted, 2e9) : null
// Hooks do not run where all tests are skipped.
if (!disk) rmSync(mounted, { recursive: true })

let server: Awaited<ReturnType<typeof makeDoubleServer>>
const ok = async (verb: string, ...words: string[]) => {
  const result = await server.dokku(`persist:${verb}`, ...words)
  expect(result).toMatchObject({ exit: 0, stderr: '' })
  return result.stdout
}
const json = async (...words: [string, ...string[]]) =>
  JSON.parse(await ok(...words, '--format', 'json')) as unknown
const directory = () => `${server.lib}/data/storage/e2e-app-uploads`
const write = (name: string, megabytes: number) =>
  server.shell(
    `dd if=/dev/zero of=${directory()}/${name} bs=1M count=${megabytes} conv=fsync 2>&1 || true`,
  )
const add = (...words: string[]) => ok('add', 'e2e-app', '/app/uploads', ...words)
const btrfs = (...args: string[]) => execFileSync('btrfs', args, { stdio: 'pipe' })

describe.skipIf(!disk)('limits of volumes on btrfs (needs btrfs)', () => {
  const place = process.env['TMPDIR']
  beforeAll(async () => {
    process.env['TMPDIR'] = disk?.path
    server = await makeDoubleServer()
    await server.dokku('apps:create', 'e2e-app')
    expect(await server.installPersist()).toMatchObject({ exit: 0, stderr: '' })
    await server.makeImage('shop:1', { user: '1000', files: ['/app/uploads/welcome'] })
  }, 300_000)
  afterAll(async () => {
    await server.destroy()
    if (place === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = place
    disk?.unmount()
    rmSync(mounted, { recursive: true })
  }, 300_000)

  test('a limit is watched as long as quotas are off, and the command says how to turn them on', async () => {
    const text = await add('--name', 'uploads', '--size', '5MB')
    expect(text).toContain(
      `The limit of 5 MB is watched, not enforced: quotas are off. To turn them on: btrfs quota enable ${disk?.path ?? ''}\n`,
    )
    expect(text).not.toContain('limit it to')
    expect(await json('list')).toMatchObject({
      volumes: [{ limitBytes: 5e6, limitEnforced: false }],
    })
  })

  test('the next call enforces it, and the one after that changes nothing', async () => {
    btrfs('quota', 'enable', disk?.path ?? '')
    const enforced = '       The limit of 5 MB is enforced by the file system\n'
    expect(await add()).toContain(`       limit it to 5 MB\n${enforced}`)
    expect(await add()).toContain(`       nothing to change\n${enforced}`)
    expect(await json('list')).toMatchObject({ volumes: [{ limitEnforced: true }] })
  })

  test('the volume is still limited when a deploy has filled it', async () => {
    const { stdout } = await server.deploy('e2e-app', 'shop:1')
    expect(stdout).toContain('copy what the image has at /app/uploads')
    expect(stdout).toContain('; limit it to 5 MB')
    expect(await write('large', 20)).toContain('Disk quota exceeded')
    expect(await add()).toContain('nothing to change')
  })

  test('it can be raised', async () => {
    await server.shell(`rm ${directory()}/large; btrfs filesystem sync ${directory()}`)
    expect(await add('--size', '50MB')).toContain('limit it to 50 MB')
    expect(await write('large', 20)).not.toContain('exceeded')
  })

  test.each<[string, string[], object]>([
    ['info', ['info', 'e2e-app', 'uploads'], { size: { limitBytes: 50e6, limitEnforced: true } }],
    ['list', ['list'], { volumes: [{ limitBytes: 50e6, limitEnforced: true }] }],
    ['report', ['report', 'e2e-app'], { volumes: [{ limitBytes: 50e6, limitEnforced: true }] }],
    ['report of the host', ['report', '--global'], { volumes: [{ limitEnforced: true }] }],
    ['a dry run', ['add', 'e2e-app', '/app/uploads', '--dry-run'], { limitEnforced: true }],
  ])('%s says so', async (_, words, expected) => {
    expect(await json(...(words as [string]))).toMatchObject(expected)
    expect(await ok('info', 'e2e-app', 'uploads')).toMatch(/Volume limit: +50 MB, enforced\n/)
  })

  test('it is removed', async () => {
    expect(await add('--size', 'off')).toContain('remove its limit')
    expect(await add('--size', 'off')).toContain('nothing to change')
    expect(await write('larger', 60)).not.toContain('exceeded')
    expect(await json('list')).toMatchObject({
      volumes: [{ limitBytes: null, limitEnforced: false }],
    })
  })

  test('a limit that is refused at a deploy leaves no volume empty, and the next call sets it', async () => {
    await server.dokku('apps:create', 'e2e-two')
    await server.makeImage('two:1', { user: '1000', files: ['/srv/a/one', '/srv/b/two'] })
    for (const path of ['/srv/a', '/srv/b']) await ok('add', 'e2e-two', path, '--size', '5MB')
    const helper = '/usr/local/lib/dokku-persist/helper'
    await server.shell(`cp ${helper} ${helper}.kept; cat >${helper} <<'END'
#!/bin/sh
[ "$1" = limit ] && { echo '{"message":"refused today"}' >&2; exit 1; }
exec ${helper}.kept "$@"
END`)
    const { exit, stderr } = await server.deploy('e2e-two', 'two:1')
    await server.shell(`mv ${helper}.kept ${helper}`)
    expect(exit).toBe(0)
    expect(stderr).toContain('refused today')
    const files = await server.shell(
      `cd ${server.lib}/data/storage; ls e2e-two-srv-a e2e-two-srv-b`,
    )
    expect(files).toMatch(/one\n[^]*two\n/)
    expect(await json('list', 'e2e-two')).toMatchObject({
      volumes: [{ limitEnforced: false }, { limitEnforced: false }],
    })
    for (const path of ['/srv/a', '/srv/b']) {
      expect(await ok('add', 'e2e-two', path)).toContain('limit it to 5 MB')
    }
  })

  // The directory, the begin and the end of filling, the limit, the entry. The mount is the last change.
  test.each([1, 2, 3, 4, 5])(
    'killed after change %d (SIGKILL), the next run completes it',
    async (n) => {
      const words = ['e2e-two', '/srv', '--name', 'killed', '--size', '5MB'] as const
      await server.killAfter(n, 'persist:add', ...words)
      const left = await server.dokku('persist:add', ...words, '--dry-run')
      expect(left.stdout).not.toContain('nothing to change')
      expect(left.stdout.includes('limit it to')).toBe(n < 4)
      await ok('add', ...words)
      expect(await ok('add', ...words)).toContain('nothing to change')
      expect(await json('info', 'e2e-two', 'killed')).toMatchObject({
        size: { limitEnforced: true },
      })
      const { volumes } = (await json('list', 'e2e-two')) as { volumes: object[] }
      expect(volumes).toContainEqual(
        expect.objectContaining({ name: 'killed', limitEnforced: true }),
      )
      await ok('remove', 'e2e-two', 'killed', '--destroy-data', '--force')
    },
  )

  test('a volume at its limit can be destroyed', async () => {
    await add('--size', '1MB')
    expect(await write('more', 1)).toContain('exceeded')
    await server.dokku('apps:destroy', 'e2e-app', '--force')
    await ok('remove', '--orphan', 'e2e-app-uploads', '--destroy-data', '--force')
    expect(
      await server.shell(`ls -A ${server.lib}/data/storage ${server.lib}/data/persist/limits`),
    ).not.toContain('e2e-app')
  })
})
