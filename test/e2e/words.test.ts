import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mountsOf } from './expected'
import type { Server } from './harness'
import { canServe, makeServer } from './harness'

let server: Server

const cache = (...words: string[]) =>
  server.dokku(`shared-cache:${words[0] ?? ''}`, ...words.slice(1))

/** Everything that a command could change. */
async function state(): Promise<string> {
  const { lib, root } = server
  return server.shell(`
    cd ${lib}; cat config/e2e-app/ENV config/storage/e2e-app/mounts 2>/dev/null || true
    for file in $(find config/shared-cache -type f 2>/dev/null | sort); do echo "== $file"; cat $file; done
    [ -d ${root} ] && cd ${root} && find . | sort || true`)
}

describe.skipIf(!canServe)('bad input gets one line and changes nothing (needs root)', () => {
  beforeAll(async () => {
    server = await makeServer()
    await server.dokku('apps:create', 'e2e-app')
    await server.installPlugin()
    await cache('setup')
  })
  afterAll(() => server.destroy())

  const app = 'e2e-app'
  test.each<[string[], number, RegExp]>([
    [['setup', 'e2e-none'], 20, /App e2e-none does not exist/],
    [['setup', app, 'e2e-none'], 20, /App e2e-none does not exist/],
    [['setup', app, '--all'], 1, /not both/],
    [['setup', '--format', 'yaml'], 1, /format.*yaml/i],
    [['setup', '--colour'], 1, /unknown option '--colour'/],
    [['enable'], 1, /specify an app/],
    [['disable'], 1, /specify an app/],
    [['disable', 'e2e-none'], 20, /App e2e-none does not exist/],
    [['enable', 'e2e-none'], 20, /App e2e-none does not exist/],
    [['disable', app, '--all'], 1, /not both/],
    [['set'], 1, /specify an app/],
    [['set', app], 1, /No key specified/],
    [['set', '--global'], 1, /No key specified/],
    [['set', 'e2e-none', 'layout', 'root'], 20, /App e2e-none does not exist/],
    [['set', app, 'colour', 'red'], 1, /Invalid key specified, valid keys include: .*layout/],
    [['set', app, 'auto-enable', 'true'], 1, /Invalid key specified, valid keys include/],
    [['set', '--global', 'enabled', 'true'], 1, /Invalid key specified, valid keys include/],
    [['set', app, 'enabled', 'perhaps'], 1, /enabled: perhaps/],
    [['set', '--global', 'auto-enable', '2'], 1, /auto-enable: 2/],
    [['set', app, 'layout', 'Root'], 1, /layout: Root/],
    [['set', app, 'layout', '/root'], 1, /layout: \/root/],
    [['set', app, 'layout', 'root', 'neutral'], 1, /layout: root neutral/],
    [['set', app, 'run-access', 'rwx'], 1, /run-access: rwx/],
    [['set', app, 'caches', 'pip', 'maven2'], 1, /No cache is called maven2/],
    [['set', app, 'caches', '../pip'], 1, /No cache is called \.\.\/pip/],
    [['set', app, 'setup', 'x'], 1, /Invalid key specified/],
    [['set', app, 'given', '{}'], 1, /Invalid key specified/],
    [['report', 'e2e-none'], 20, /App e2e-none does not exist/],
    [['report', app, '--shared-cache-colour'], 1, /Invalid flag passed, valid flags: /],
    [['report', app, '--format', 'yaml'], 1, /format.*yaml/i],
    [['report', app, '--format', 'json', '--shared-cache-layout'], 1, /--format flag cannot be/],
  ])('shared-cache:%j exits with %d', async (words, exit, message) => {
    const before = await state()
    const answer = await cache(...words)
    expect({ exit: answer.exit, stdout: answer.stdout }).toEqual({ exit, stdout: '' })
    expect(answer.stderr).toMatch(message)
    const lines = answer.stderr.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(2)
    for (const line of lines) expect(line).toMatch(/^ !     /)
    expect(await state()).toBe(before)
  })

  test('an unknown word is not a command of Dokku', async () => {
    const { exit, stderr } = await cache('frobnicate')
    expect(exit).toBe(1)
    expect(stderr).toContain('`shared-cache:frobnicate` is not a dokku command')
  })

  test('an invalid record is named, other apps still get their caches', async () => {
    await server.dokku('apps:create', 'e2e-other')
    await server.shell(`printf '{not json' >${server.lib}/config/shared-cache/e2e-app/given`)
    const { exit, stderr } = await cache('setup')
    expect(exit).toBe(1)
    expect(stderr).toMatch(/e2e-app/)
    expect(await cache('setup', 'e2e-other')).toMatchObject({ exit: 0 })
    await server.shell(`rm ${server.lib}/config/shared-cache/e2e-app/given`)
    expect(await cache('setup')).toMatchObject({ exit: 0 })
  })

  test('an invalid setting, written by hand, is ignored', async () => {
    await server.shell(`printf sideways >${server.lib}/config/shared-cache/e2e-app/layout`)
    expect(await cache('setup')).toMatchObject({ exit: 0 })
    await cache('set', app, 'layout')
  })

  test('a symbolic link where a cache directory should be is not followed', async () => {
    const { root } = server
    await server.shell(`mkdir -p /tmp/e2e-elsewhere; rm -rf ${root}/npm`)
    await server.shell(`chmod 755 /tmp/e2e-elsewhere; ln -s /tmp/e2e-elsewhere ${root}/npm`)
    const { exit, stderr } = await cache('setup')
    expect(exit).toBe(1)
    expect(stderr).toMatch(/npm/)
    expect(await server.shell('ls -A /tmp/e2e-elsewhere; stat -c %a /tmp/e2e-elsewhere')).toBe(
      '755\n',
    )
    await server.shell(`rm ${root}/npm; rmdir /tmp/e2e-elsewhere`)
    expect(await cache('setup')).toMatchObject({ exit: 0 })
  })

  test('arguments that Dokku appends are accepted', async () => {
    expect(await cache('report', app, '--quiet', '--trace')).toMatchObject({ exit: 0 })
    expect(await cache('setup', app, '--force')).toMatchObject({ exit: 0 })
  })
})

describe.skipIf(!canServe)('report of an app (needs root)', () => {
  beforeAll(async () => {
    server = await makeServer()
    await server.dokku('apps:create', 'e2e-app')
    await server.installPlugin()
    await cache('setup')
    await cache('set', 'e2e-app', 'caches', 'pip', 'uv')
    await cache('set', '--global', 'run-access', 'ro')
  })
  afterAll(() => server.destroy())

  test("is a header and labelled rows in Dokku's format, one value per line", async () => {
    const { exit, stdout } = await cache('report', 'e2e-app')
    const [header, ...rows] = stdout.trimEnd().split('\n')
    expect({ exit, header }).toEqual({ exit: 0, header: '=====> e2e-app shared-cache information' })
    for (const row of rows) {
      expect(row).toMatch(/^ {7}(Shared cache [a-z ]+:| {24}) /)
      expect(row.length).toBeLessThanOrEqual(120)
    }
    const text = rows.map((row) => row.trim().replace(/ +/g, ' '))
    expect(text).toContain('Shared cache run access: ro')
    expect(text).toContain('Shared cache caches: pip /var/cache/shared-cache/pip')
    expect(text).toContain('uv /var/cache/shared-cache/uv')
    expect(text).toContain('Shared cache properties: caches pip,uv (this app)')
    expect(text).toContain('run-access ro (all apps)')
  })

  test.each([
    ['--shared-cache-caches', 'pip,uv\n'],
    ['--shared-cache-global-caches', '\n'],
    ['--shared-cache-computed-caches', 'pip,uv\n'],
    ['--shared-cache-run-access', '\n'],
    ['--shared-cache-global-run-access', 'ro\n'],
    ['--shared-cache-computed-run-access', 'ro\n'],
    ['--shared-cache-computed-layout', 'auto\n'],
    ['--shared-cache-given-layout', 'neutral\n'],
  ])('%s prints the bare value', async (flag, value) => {
    expect(await cache('report', 'e2e-app', flag)).toEqual({ exit: 0, stdout: value, stderr: '' })
  })

  test('--format json is one line, values are strings, keys have no prefix', async () => {
    const { stdout } = await cache('report', 'e2e-app', '--format', 'json')
    expect(stdout.trimEnd()).not.toContain('\n')
    const document = JSON.parse(stdout) as Record<string, string>
    expect(document).toMatchObject({ caches: 'pip,uv', 'computed-run-access': 'ro' })
    for (const value of Object.values(document)) expect(value).toBeTypeOf('string')
  })

  test('without an app there is one object per app', async () => {
    await server.dokku('apps:create', 'e2e-two')
    const { stdout } = await cache('report', '--format', 'json')
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toHaveLength(2)
  })

  test('is part of dokku report', async () => {
    const { stdout } = await server.dokku('report', 'e2e-app')
    expect(stdout).toContain('=====> e2e-app shared-cache information')
  })

  test('with --global is one versioned document with exact bytes, and changes nothing', async () => {
    await server.shell(`head -c 100000 /dev/zero >${server.root}/pip/e2e-file`)
    const before = await state()
    const { exit, stdout } = await cache('report', '--global', '--format', 'json')
    expect(exit).toBe(0)
    const document = JSON.parse(stdout) as {
      version: number
      caches: { name: string; bytes: number }[]
    }
    expect(document.version).toBe(1)
    const pip = document.caches.find(({ name }) => name === 'pip')
    expect(pip?.bytes).toBeGreaterThanOrEqual(100_000)
    expect(await state()).toBe(before)
  })

  test('with --global for people is a table with every cache', async () => {
    const { exit, stdout } = await cache('report', '--global')
    expect(exit).toBe(0)
    for (const name of ['pip', 'uv', 'npm', 'playwright', 'cargo']) expect(stdout).toContain(name)
  })
})

describe.skipIf(!canServe)('help (needs root)', () => {
  beforeAll(async () => {
    server = await makeServer()
    await server.installPlugin()
  })
  afterAll(() => server.destroy())

  test('shared-cache and shared-cache:help list every command', async () => {
    for (const words of [['shared-cache'], ['shared-cache:help']]) {
      const { exit, stdout } = await server.dokku(...words)
      expect(exit).toBe(0)
      expect(stdout).toMatch(/^Usage: dokku shared-cache\[:COMMAND\]\n\nOne shared/)
      for (const verb of ['setup', 'enable', 'disable', 'set', 'report', 'prune', 'doctor'])
        expect(stdout).toContain(`    shared-cache:${verb} `)
    }
  })

  test('dokku help lists the plugin once', async () => {
    const { stdout } = await server.dokku('help')
    expect(stdout.match(/^ {4}shared-cache/gm)).toHaveLength(1)
  })

  test('after a second install of the tarball the host works, with one row in help', async () => {
    expect((await server.installPlugin()).exit).toBe(1)
    const { stdout } = await server.dokku('help')
    expect(stdout.match(/^ {4}shared-cache/gm)).toHaveLength(1)
    expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
  })

  test('after plugin:disable and plugin:enable it works', async () => {
    await server.dokku('plugin:disable', 'shared-cache')
    expect(await server.dokku('apps:create', 'e2e-without')).toMatchObject({ exit: 0 })
    expect(await server.mounts('e2e-without')).toEqual([])
    await server.dokku('plugin:enable', 'shared-cache')
    expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
    expect(await server.mounts('e2e-without')).toEqual(mountsOf('neutral'))
  })

  test('after plugin:update the host works', async () => {
    expect(await server.dokku('plugin:update', 'shared-cache')).toMatchObject({ exit: 0 })
    expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
  })
})
