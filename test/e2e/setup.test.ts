import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allBut, envOf, mountsOf, otherWarnings } from './expected'
import type { Server } from './harness'
import { type Container, REAL, canServe, makeServer } from './harness'
import { hasAcl } from '../support/needs'

let server: Server

async function expectShares(app: string, layout: 'root' | 'neutral', caches = allBut()) {
  expect(await server.mounts(app)).toEqual(mountsOf(layout, caches))
  expect(await server.env(app)).toMatchObject(envOf(layout, caches))
}

/** Everything of an app that setup could change. */
async function snapshot(...apps: string[]) {
  return Promise.all(apps.map(async (app) => [await server.mounts(app), await server.env(app)]))
}

/** Every variable has a path in a cache whose directory is mounted and writable. */
function expectNoDeadVariable({ env, mounts }: Container) {
  const writable = mounts.filter((mount) => !mount.readonly).map((mount) => mount.container)
  const dead = Object.entries(env).filter(
    ([, value]) =>
      /^\/(root|var\/cache|run)\//.test(value) &&
      !writable.some(
        (place) => `${place}/`.startsWith(`${value}/`) || value.startsWith(`${place}/`),
      ),
  )
  expect(dead).toEqual([])
}

describe.skipIf(!canServe)('setup (needs root)', () => {
  const everyone = [
    'e2e-new',
    'e2e-root',
    'e2e-user',
    'e2e-own',
    'e2e-baked',
    'e2e-k3s',
    'e2e-hand',
  ]

  beforeAll(async () => {
    server = await makeServer()
    const { root } = server
    for (const app of everyone) await server.dokku('apps:create', app)
    await server.makeImage('e2e/root:1', {})
    await server.makeImage('e2e/user:1', { user: '1000' })
    await server.makeImage('e2e/gosu:1', { runsAs: '1000' })
    await server.makeImage('e2e/baked:1', {
      files: ['/root/.cache/ms-playwright/chromium-1/INSTALLATION_COMPLETE'],
      env: { NPM_CONFIG_CACHE: '/opt/npm' },
    })
    await server.deploy('e2e-root', 'e2e/root:1')
    await server.deploy('e2e-user', 'e2e/user:1')
    await server.deploy('e2e-baked', 'e2e/baked:1')
    await server.deploy('e2e-hand', 'e2e/root:1')

    await server.dokku('config:set', '--no-restart', 'e2e-own', 'PIP_CACHE_DIR=/data/pip')
    await server.dokku('storage:mount', 'e2e-own', '/srv/npm:/var/cache/shared-cache/npm')
    await server.dokku('scheduler:set', 'e2e-k3s', 'selected', 'k3s')

    // An installation by hand: five mounts, all of cargo's home, five variables.
    await server.shell(`mkdir -p ${root}/pip/http-v2 ${root}/uv ${root}/npm ${root}/ms-playwright`)
    await server.shell(
      `mkdir -p ${root}/rust/registry ${root}/rust/bin; echo x >${root}/rust/bin/tool`,
    )
    await server.shell(`echo wheel >${root}/pip/http-v2/body; chmod 700 ${root}/pip/http-v2`)
    for (const mount of [
      ...['pip', 'uv', 'npm', 'ms-playwright'].map(
        (name) => `${root}/${name}:/root/.cache/${name}`,
      ),
      `${root}/rust:/root/.cargo`,
    ])
      await server.dokku('storage:mount', 'e2e-hand', mount)
    await server.dokku(
      ...['config:set', '--no-restart', 'e2e-hand', 'PIP_CACHE_DIR=/root/.cache/pip'],
      ...['UV_CACHE_DIR=/root/.cache/uv', 'NPM_CONFIG_CACHE=/root/.cache/npm'],
      ...['PLAYWRIGHT_BROWSERS_PATH=/root/.cache/ms-playwright', 'CARGO_HOME=/root/.cargo'],
    )
  })
  afterAll(() => server.destroy())

  test('before it, the installation changes no app', async () => {
    const before = await snapshot(...everyone)
    expect(await server.installPlugin()).toMatchObject({ exit: 0 })
    expect(await snapshot(...everyone)).toEqual(before)
  })

  test('before it, a new app and a deploy get nothing', async () => {
    await server.dokku('apps:create', 'e2e-early')
    expect((await server.deploy('e2e-early', 'e2e/root:1')).exit).toBe(0)
    expect(await snapshot('e2e-early')).toEqual([[[], {}]])
  })

  test('--dry-run shows the plan of every app, and changes nothing', async () => {
    const before = await snapshot(...everyone)
    const { exit, stdout } = await server.dokku('shared-cache:setup', '--dry-run')
    expect(exit).toBe(0)
    for (const app of everyone) expect(stdout).toContain(app)
    expect(stdout).toContain('/root/.cargo/registry')
    expect(await snapshot(...everyone)).toEqual(before)
    await server.dokku('apps:create', 'e2e-between')
    expect(await snapshot('e2e-between')).toEqual([[[], {}]])
  })

  test('--dry-run also names the changes to the host', async () => {
    const { stdout } = await server.dokku('shared-cache:setup', '--dry-run')
    expect(stdout).toContain(`=====> Directories in ${server.root}`)
    expect(stdout).toMatch(/crontab {4}add 30 3 \* \* \* dokku shared-cache:scheduled/)
    expect(stdout).toMatch(/storage {4}create .*shared-cache-pip/)
  })

  test('prints what it did, what applies from now on, and how to exclude an app', async () => {
    const { exit, stdout, stderr } = await server.dokku('shared-cache:setup')
    expect({ exit, stderr: otherWarnings(stderr) }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain('dokku shared-cache:disable')
    expect(stdout).toContain('ps:rebuild')
    expect(stdout).toMatch(/shared caches are kept to:[^]*\(max-size\)[^]*Docker's build cache to:/)
    expect(stdout).toMatch(/e2e-own[^]*PIP_CACHE_DIR itself[^]*\/var\/cache\/shared-cache\/npm/)
    expect(stdout).toMatch(/e2e-baked[^]*NPM_CONFIG_CACHE itself[^]*\/root\/\.cache\/ms-playwright/)
    expect(stdout).toContain('e2e-k3s: skipped, its scheduler is k3s')
  })

  test('an app without an image starts with the neutral layout', () =>
    expectShares('e2e-new', 'neutral'))
  test('an app whose processes belong to root has the layout root', () =>
    expectShares('e2e-root', 'root'))
  test('an app that runs as another user has the neutral layout', () =>
    expectShares('e2e-user', 'neutral'))

  test('a variable and a mount of the app are kept, without that cache', async () => {
    const caches = allBut('pip', 'npm')
    expect(await server.env('e2e-own')).toEqual({
      ...envOf('neutral', caches),
      PIP_CACHE_DIR: '/data/pip',
    })
    const own = { host: '/srv/npm', container: '/var/cache/shared-cache/npm', readonly: false }
    const mounts = [...mountsOf('neutral', caches), own]
    expect(await server.mounts('e2e-own')).toEqual(
      mounts.sort((a, b) => (a.container < b.container ? -1 : 1)),
    )
  })

  test('variables and files of the image stay visible', () =>
    expectShares('e2e-baked', 'root', allBut('playwright', 'npm')))

  test('an app with another scheduler is not changed', async () => {
    expect(await snapshot('e2e-k3s')).toEqual([[[], {}]])
  })

  test('a host set up by hand is adopted: narrow mounts for cargo, no file lost', async () => {
    await expectShares('e2e-hand', 'root')
    const { root } = server
    expect(await server.shell(`cat ${root}/pip/http-v2/body ${root}/rust/bin/tool`)).toBe(
      'wheel\nx\n',
    )
  })

  test.skipIf(!hasAcl && !REAL)('directories are open to containers only (needs acl)', async () => {
    const { root } = server
    const stat = await server.shell(
      `cd ${root}; stat -c '%a %u %n' . pip uv npm ms-playwright rust`,
    )
    expect(stat).toBe('750 0 .\n777 0 pip\n777 0 uv\n777 0 npm\n777 0 ms-playwright\n777 0 rust\n')
    const acl = await server.shell(`getfacl -cpd ${root}/pip/http-v2`)
    expect(acl.trim().split('\n')).toEqual(['user::rwx', 'group::rwx', 'other::rwx'])
    expect(await server.shell(`head -c 43 ${root}/npm/CACHEDIR.TAG`)).toBe(
      'Signature: 8a477f597d28d172789f06886806bc55',
    )
  })

  test('a second run changes nothing and says so', async () => {
    const before = await snapshot(...everyone)
    const { exit, stdout } = await server.dokku('shared-cache:setup')
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: expect.stringContaining('nothing to change') as string,
    })
    expect(await snapshot(...everyone)).toEqual(before)
  })

  test('only missing parts are added again', async () => {
    await server.dokku('config:unset', '--no-restart', 'e2e-new', 'UV_LINK_MODE')
    const { stdout } = await server.dokku('shared-cache:setup', '--format', 'json')
    const { apps } = JSON.parse(stdout) as { apps: { app: string; steps: object[] }[] }
    expect(apps.filter(({ steps }) => steps.length > 0)).toMatchObject([
      { app: 'e2e-new', steps: [{ kind: 'set', values: { UV_LINK_MODE: 'copy' } }] },
    ])
    await expectShares('e2e-new', 'neutral')
  })

  describe('and the deploys after setup', () => {
    test('the first deploy of an image of root is neutral, the next has the layout root', async () => {
      expect(await server.deploy('e2e-new', 'e2e/root:1')).toMatchObject({ exit: 0 })
      const first = await server.container('e2e-new')
      expectNoDeadVariable(first)
      expect(first.mounts).toEqual(expect.arrayContaining(mountsOf('neutral')))
      expect(await server.rebuild('e2e-new')).toMatchObject({ exit: 0 })
      const second = await server.container('e2e-new')
      expectNoDeadVariable(second)
      expect(second.mounts).toEqual(expect.arrayContaining(mountsOf('root')))
    })

    test('an entry point that changes the user is detected', async () => {
      await server.dokku('apps:create', 'e2e-gosu')
      expect(await server.deploy('e2e-gosu', 'e2e/gosu:1')).toMatchObject({ exit: 0 })
      for (let i = 0; i < 2; i += 1) {
        const container = await server.container('e2e-gosu')
        expectNoDeadVariable(container)
        expect(container.mounts).toEqual(expect.arrayContaining(mountsOf('neutral')))
        expect(await server.rebuild('e2e-gosu')).toMatchObject({ exit: 0 })
      }
    })

    test('a root app that starts to run as another user becomes neutral in that same deploy', async () => {
      expect(await server.deploy('e2e-root', 'e2e/user:1')).toMatchObject({ exit: 0 })
      const container = await server.container('e2e-root')
      expectNoDeadVariable(container)
      expect(container.mounts).toEqual(expect.arrayContaining(mountsOf('neutral')))
    })

    test('build results are separate for each system, downloads are shared', async () => {
      await server.makeImage('e2e/debian:1', { osRelease: 'ID=debian\nVERSION_ID="12"\n' })
      await server.dokku('apps:create', 'e2e-debian')
      expect(await server.deploy('e2e-debian', 'e2e/debian:1')).toMatchObject({ exit: 0 })
      const container = await server.container('e2e-debian')
      expectNoDeadVariable(container)
      const system = 'debian-12-amd64-glibc'
      expect(container.env).toMatchObject({
        PIP_CACHE_DIR: `/var/cache/shared-cache/pip/${system}`,
        UV_CACHE_DIR: `/run/shared-cache/uv/${system}`,
        PLAYWRIGHT_BROWSERS_PATH: `/var/cache/shared-cache/ms-playwright/${system}`,
        NPM_CONFIG_CACHE: '/var/cache/shared-cache/npm',
      })
      const { root } = server
      expect(
        await server.shell(
          `cd ${root}; stat -c %a pip/${system} uv/${system} ms-playwright/${system}`,
        ),
      ).toBe('777\n777\n777\n')
      expect(await server.shell(`readlink ${root}/pip/${system}/http-v2`)).toBe('../http-v2\n')
    })

    test('an image that starts to contain browsers keeps them in that same deploy', async () => {
      expect(await server.deploy('e2e-hand', 'e2e/baked:1')).toMatchObject({ exit: 0 })
      const container = await server.container('e2e-hand')
      expectNoDeadVariable(container)
      const places = container.mounts.map((mount) => mount.container)
      expect(places).not.toContain('/root/.cache/ms-playwright')
      expect(container.env).not.toHaveProperty('PLAYWRIGHT_BROWSERS_PATH')
    })
  })
})
