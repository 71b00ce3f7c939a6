import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allBut, envOf, mountsOf } from './expected'
import type { Server } from './harness'
import { canServe, makeServer } from './harness'
import { hasTime } from '../support/needs'

let server: Server

const create = (app: string) => server.dokku('apps:create', app)

async function stateOf(app: string) {
  return { mounts: await server.mounts(app), env: await server.env(app) }
}

const shared = (layout: 'root' | 'neutral', caches = allBut()) => ({
  mounts: mountsOf(layout, caches),
  env: envOf(layout, caches),
})
const nothing = { mounts: [], env: {} }

/** Files of the property store for an app. */
async function remembered(app: string): Promise<string> {
  return server.shell(`ls ${server.lib}/config/shared-cache/${app} 2>/dev/null || true`)
}

describe.skipIf(!canServe || !hasTime)(
  'apps of a server that is set up (needs root) (needs time)',
  () => {
    beforeAll(async () => {
      server = await makeServer()
      await server.installPlugin()
      expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
      await server.makeImage('e2e/root:1', {})
      await create('e2e-root')
      await server.deploy('e2e-root', 'e2e/root:1')
      // The user of an app's processes is known only after its containers run.
      await server.rebuild('e2e-root')
    })
    afterAll(() => server.destroy())

    test('a new app gets its caches at once, and a line names them', async () => {
      const { exit, stdout } = await create('e2e-new')
      expect(exit).toBe(0)
      expect(stdout.split('\n').filter((line) => line.includes('Shared caches'))).toEqual([
        '-----> Shared caches: e2e-new has pip, uv, npm, playwright and cargo below /var/cache/shared-cache',
      ])
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
    })

    test('a clone gets them at once, at the neutral paths, like every app without an image', async () => {
      expect(await stateOf('e2e-root')).toEqual(shared('root'))
      const cloned = await server.dokku('apps:clone', '--skip-deploy', 'e2e-root', 'e2e-clone')
      expect(cloned).toMatchObject({ exit: 0 })
      expect(await stateOf('e2e-clone')).toEqual(shared('neutral'))
      await server.dokku('shared-cache:disable', 'e2e-clone')
      expect(await stateOf('e2e-clone')).toEqual(nothing)
      expect(await stateOf('e2e-root')).toEqual(shared('root'))
    })

    test('a clone of an excluded app is excluded', async () => {
      await server.dokku('apps:clone', '--skip-deploy', 'e2e-clone', 'e2e-clone-out')
      expect(await stateOf('e2e-clone-out')).toEqual(nothing)
    })

    test('a clone has the properties of its original', async () => {
      await create('e2e-some')
      await server.dokku('shared-cache:set', 'e2e-some', 'caches', 'pip', 'npm')
      await server.dokku('apps:clone', '--skip-deploy', 'e2e-some', 'e2e-some-clone')
      expect(await stateOf('e2e-some-clone')).toEqual(shared('neutral', ['pip', 'npm']))
    })

    test('a renamed app keeps its caches, and the old name leaves nothing', async () => {
      await server.dokku('apps:rename', '--skip-deploy', 'e2e-some', 'e2e-renamed')
      expect(await stateOf('e2e-renamed')).toEqual(shared('neutral', ['pip', 'npm']))
      expect(await remembered('e2e-some')).toBe('')
      await server.dokku('shared-cache:disable', 'e2e-renamed')
      expect(await stateOf('e2e-renamed')).toEqual(nothing)
    })

    test('a destroyed app leaves nothing, and a new app with its name inherits nothing', async () => {
      await create('e2e-gone')
      await server.dokku('shared-cache:set', 'e2e-gone', 'run-access', 'ro')
      await server.dokku('--force', 'apps:destroy', 'e2e-gone')
      expect(await remembered('e2e-gone')).toBe('')
      await create('e2e-gone')
      expect(await stateOf('e2e-gone')).toEqual(shared('neutral'))
    })

    test('disable removes exactly what was added, enable adds it again', async () => {
      await create('e2e-off')
      await server.dokku('storage:mount', 'e2e-off', '/srv/data:/data')
      await server.dokku('config:set', '--no-restart', 'e2e-off', 'KEEP=me')
      const { stdout } = await server.dokku('shared-cache:disable', 'e2e-off')
      expect(stdout.match(/e2e-off/g)).toHaveLength(1)
      expect(stdout).toContain('=====> e2e-off: excluded from the shared caches\n')
      expect(await stateOf('e2e-off')).toEqual({
        mounts: [{ host: '/srv/data', container: '/data', readonly: false }],
        env: { KEEP: 'me' },
      })
      await server.dokku('shared-cache:enable', 'e2e-off')
      expect(await stateOf('e2e-off')).toMatchObject({
        mounts: expect.arrayContaining(mountsOf('neutral')) as object[],
        env: { ...envOf('neutral'), KEEP: 'me' },
      })
    })

    test('deploys of an excluded app are not inspected; enable inspects its image', async () => {
      await create('e2e-alone')
      await server.dokku('shared-cache:disable', 'e2e-alone')
      const { stdout, stderr } = await server.deploy('e2e-alone', 'e2e/root:1')
      expect(stdout + stderr).not.toContain('Shared caches')
      expect(await stateOf('e2e-alone')).toEqual(nothing)
      expect(await remembered('e2e-alone')).toBe('enabled\n')
      await server.dokku('shared-cache:enable', 'e2e-alone')
      expect(await stateOf('e2e-alone')).toEqual(shared('root'))
      expect(await remembered('e2e-alone')).toBe('given\nseen\n')

      await server.dokku('shared-cache:set', 'e2e-alone', 'enabled', 'false')
      await server.shell(`rm ${server.lib}/config/shared-cache/e2e-alone/seen`)
      await server.dokku('shared-cache:set', 'e2e-alone', 'enabled', 'true')
      expect(await stateOf('e2e-alone')).toEqual(shared('root'))
    })

    test('disable keeps a variable that was changed after setup', async () => {
      await create('e2e-changed')
      await server.dokku('config:set', '--no-restart', 'e2e-changed', 'PIP_CACHE_DIR=/elsewhere')
      await server.dokku('shared-cache:disable', 'e2e-changed')
      expect(await stateOf('e2e-changed')).toEqual({
        mounts: [],
        env: { PIP_CACHE_DIR: '/elsewhere' },
      })
    })

    test('an excluded app stays excluded when setup runs again, and setup says how to include it', async () => {
      await create('e2e-out')
      await server.dokku('shared-cache:disable', 'e2e-out')
      const { exit, stdout } = await server.dokku('shared-cache:setup', 'e2e-out')
      expect(exit).toBe(0)
      expect(stdout).toContain('Excluded from the shared caches: e2e-out')
      expect(stdout).toContain('To include: dokku shared-cache:enable e2e-out')
      expect(stdout).not.toContain('nothing to change')
      await server.dokku('shared-cache:setup')
      expect(await stateOf('e2e-out')).toEqual(nothing)
    })

    test('auto-enable false: new apps get no caches, existing apps keep theirs', async () => {
      await server.dokku('shared-cache:set', '--global', 'auto-enable', 'false')
      const { stdout } = await create('e2e-later')
      expect(stdout).toContain(
        'Shared caches: none for e2e-later, auto-enable is false. To include it: dokku shared-cache:enable e2e-later',
      )
      expect(await stateOf('e2e-later')).toEqual(nothing)
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
      await server.dokku('shared-cache:enable', 'e2e-later')
      expect(await stateOf('e2e-later')).toEqual(shared('neutral'))
      await server.dokku('shared-cache:set', '--global', 'auto-enable')
    })

    test('caches for all apps: a known cache that is off by default is enabled', async () => {
      await server.dokku('shared-cache:set', '--global', 'caches', 'pip', 'bun')
      expect(await server.env('e2e-new')).toEqual({
        PIP_CACHE_DIR: '/var/cache/shared-cache/pip',
        BUN_INSTALL_CACHE_DIR: '/var/cache/shared-cache/bun',
      })
      expect(await server.shell(`stat -c '%a %u' ${server.root}/bun`)).toBe('777 0\n')
      await server.dokku('shared-cache:set', '--global', 'caches')
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
    })

    test('layout root and neutral change the paths', async () => {
      await server.dokku('shared-cache:set', 'e2e-new', 'layout', 'root')
      expect(await stateOf('e2e-new')).toEqual(shared('root'))
      await server.dokku('shared-cache:set', 'e2e-new', 'layout')
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
    })

    test('run-access ro: read-only, and no variable with such a path; off: nothing', async () => {
      await server.dokku('shared-cache:set', 'e2e-new', 'run-access', 'ro')
      expect(await stateOf('e2e-new')).toEqual({
        mounts: mountsOf('neutral', allBut(), true),
        env: {},
      })
      await server.dokku('shared-cache:set', 'e2e-new', 'run-access', 'off')
      expect(await stateOf('e2e-new')).toEqual(nothing)
      await server.dokku('shared-cache:set', 'e2e-new', 'run-access', 'rw')
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
    })

    test('herokuish builds get the directories at the neutral paths, with any run-access', async () => {
      await create('e2e-pack')
      await server.dokku('shared-cache:set', 'e2e-pack', 'layout', 'root')
      await server.trigger('pre-receive-app', 'e2e-pack', 'herokuish', '/tmp', '')
      // The Node.js buildpack moves and deletes npm's cache.
      const caches = allBut('npm')
      expect(await stateOf('e2e-pack')).toEqual({
        mounts: mountsOf('neutral', caches),
        env: envOf('neutral', caches),
      })
      await server.dokku('shared-cache:set', 'e2e-pack', 'run-access', 'off')
      const { stdout } = await server.trigger('docker-args-build', 'e2e-pack', 'herokuish')
      expect(stdout).toContain(` -v ${server.root}/uv:/var/cache/shared-cache/uv`)
      expect(stdout).toContain(' --env UV_CACHE_DIR=/var/cache/shared-cache/uv')
      expect(stdout).not.toMatch(/npm/i)
    })

    test('pack builds get no variable that Python buildpacks reject', async () => {
      await create('e2e-cnb')
      await server.trigger('pre-receive-app', 'e2e-cnb', 'pack', '/tmp', '')
      const caches = allBut('pip', 'uv')
      expect(await stateOf('e2e-cnb')).toEqual({
        mounts: mountsOf('neutral', caches),
        env: envOf('neutral', caches),
      })
      const { stdout } = await server.trigger('docker-args-build', 'e2e-cnb', 'pack')
      expect(stdout).toContain(` --volume ${server.root}/npm:/var/cache/shared-cache/npm:rw`)
      expect(stdout).not.toMatch(/pip|uv/i)
    })

    describe.each([
      ['herokuish', allBut('npm'), '-v'],
      ['pack', allBut('pip', 'uv'), '--volume'],
    ])(
      '%s, whose builds get the variables of the app after all options',
      (builder, caches, flag) => {
        const app = `e2e-${builder}-record`
        const given = { mounts: mountsOf('neutral', caches), env: envOf('neutral', caches) }
        const hidden = { mounts: given.mounts, env: {} }
        /** What a build begins with. */
        const begin = async () => {
          await server.trigger('pre-receive-app', app, builder, '/tmp', '')
          const state = await stateOf(app)
          const log = await server.trigger('pre-build', builder, app, '/tmp')
          const { stdout } = await server.trigger('docker-args-build', app, builder)
          return {
            state,
            log: log.stdout,
            gets: stdout.includes(` ${flag} `),
            env: /--env/.test(stdout),
          }
        }
        const succeed = () => server.trigger('pre-release-builder', builder, app, 'no-image')

        test('a build that did not finish is followed by one without mounts and variables', async () => {
          await create(app)
          expect(await begin()).toMatchObject({ state: given, gets: true })
          const trial = { state: hidden, gets: false, env: false }
          const second = await begin()
          expect(second).toMatchObject(trial)
          expect(second.log).toContain('not used in this build: the last build used them')
          expect(second.log).toContain(`the ${builder} build: ${caches.join(', ')}\n`)
          const third = await begin()
          expect(third).toMatchObject({ state: given, gets: true })
          expect(third.log).toContain('used again: the build without them did not finish either')
        })
        test('after one that succeeded without them, containers and later builds have no variables', async () => {
          expect(await begin()).toMatchObject({ state: hidden, gets: false, env: false })
          expect((await succeed()).stdout).toContain(`so ${app} builds without them now`)
          expect(await stateOf(app)).toEqual(hidden)
          expect(await begin()).toMatchObject({ state: hidden, gets: false, env: false })
          await succeed()
          expect(await stateOf(app)).toEqual(hidden)
        })
        test('enable gives them back', async () => {
          expect(await server.dokku('shared-cache:enable', app)).toMatchObject({ exit: 0 })
          expect((await stateOf(app)).env).toMatchObject(given.env)
          expect(await begin()).toMatchObject({ state: given, gets: true })
          await succeed()
          expect(await stateOf(app)).toEqual(given)
        })
        test('variables that somebody else set stay', async () => {
          await server.trigger('pre-build', builder, app, '/tmp')
          await server.dokku('config:set', '--no-restart', app, 'CARGO_HOME=/own')
          expect((await begin()).state.env).toEqual({ CARGO_HOME: '/own' })
          await server.dokku('config:unset', '--no-restart', app, 'CARGO_HOME')
          await server.dokku('shared-cache:enable', app)
        })
        test('a cache whose directory is not right is neither mounted nor named', async () => {
          const place = `${server.root}/ms-playwright`
          await server.shell(`mv ${place} ${place}.away; ln -s /etc ${place}`)
          const { state } = await begin()
          const { stdout } = await server.trigger('docker-args-build', app, builder)
          await server.shell(`rm ${place}; mv ${place}.away ${place}`)
          expect(Object.keys(state.env).filter((name) => name.startsWith('PLAYWRIGHT'))).toEqual([])
          expect(state.env).toHaveProperty('CARGO_HOME')
          expect(stdout).toContain('/rust/registry:')
          expect(stdout).not.toMatch(/playwright/i)
        })
      },
    )

    test('a Dockerfile build gets no options: the builder would drop them', async () => {
      const { stdout } = await server.trigger('docker-args-build', 'e2e-new', 'dockerfile')
      expect(stdout).not.toContain('shared')
    })

    test('disable --all removes everything, enable --all adds it again', async () => {
      expect(await server.dokku('shared-cache:disable', '--all')).toMatchObject({ exit: 0 })
      expect(await stateOf('e2e-root')).toEqual(nothing)
      expect(await stateOf('e2e-new')).toEqual(nothing)
      expect(await server.dokku('shared-cache:enable', '--all')).toMatchObject({ exit: 0 })
      expect(await stateOf('e2e-root')).toEqual(shared('root'))
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
    })

    test('uninstall prints the commands that remove everything, and they work', async () => {
      const { exit, stdout } = await server.dokku('plugin:uninstall', 'shared-cache')
      expect(exit).toBe(0)
      expect(await stateOf('e2e-new')).toEqual(shared('neutral'))
      const commands = stdout.split('\n').filter((line) => line.startsWith('dokku '))
      for (const command of commands.join('; ').split('; '))
        await server.dokku(...command.split(' ').slice(1))
      expect(await stateOf('e2e-new')).toEqual(nothing)
      expect(await stateOf('e2e-root')).toEqual(nothing)
      const left =
        'ls -d /usr/local/lib/dokku-shared-cache /etc/sudoers.d/*shared* 2>/dev/null || true'
      expect(await server.shell(left)).toBe('')
    })
  },
)
