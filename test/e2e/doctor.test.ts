import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../src/foundation/core/findings'
import type { Server } from './harness'
import { canServe, makeServer } from './harness'
import { hasTime } from '../support/needs'

const APP = 'e2e-doctor'
let server: Server

const doctor = (...words: string[]) => server.dokku('shared-cache:doctor', ...words)

/** Warnings and problems of the app and the directories, as data; those of the host are left out. */
async function wrong(): Promise<readonly Finding[]> {
  const { stdout } = await doctor(APP, '--format', 'json')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return findings.filter(
    ({ name, status }) =>
      ['app', 'directories', 'settings', 'setup'].includes(name) && status !== 'ok',
  )
}
const texts = async () => (await wrong()).map(({ text }) => text)

describe.skipIf(!canServe || !hasTime)('shared-cache:doctor (needs root) (needs time)', () => {
  beforeAll(async () => {
    server = await makeServer()
    await server.dokku('apps:create', APP)
    await server.installPlugin()
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  it('before the first setup reports that no app has caches, and what setup will provide', async () => {
    expect(await wrong()).toMatchObject([
      {
        name: 'setup',
        status: 'warn',
        text: 'setup has not run: no app has caches yet',
        remedy: 'dokku shared-cache:setup',
      },
    ])
    const { stdout } = await doctor()
    expect(stdout).toMatch(/builds +after setup, running apps.* builds/)
    expect(stdout).toMatch(/^-----> .*, \d+ warnings?$/m)
  })

  it('fixes nothing before the first setup', async () => {
    await doctor('--fix')
    expect(await server.mounts(APP)).toEqual([])
  })

  it('rejects an app that does not exist, and an unknown format', async () => {
    expect((await doctor('e2e-none')).exit).toBe(20)
    expect((await doctor('--format', 'yaml')).exit).toBe(1)
  })

  describe('after setup', () => {
    beforeEach(() => server.dokku('shared-cache:setup', APP), 60_000)

    it('finds no problem with the app, one line for each check', async () => {
      expect(await wrong()).toEqual([])
      const { stdout } = await doctor(APP)
      expect(stdout).toMatch(/^ +ok +node +Node v\d+/m)
      expect(stdout).toMatch(/^ +ok +helper +the root helper answers$/m)
      expect(stdout).toMatch(/^ +ok +apps +1 app: 1 enabled$/m)
    })

    it('names missing mounts and variables, exits with 1, and adds them again', async () => {
      const mounts = await server.mounts(APP)
      const env = await server.env(APP)
      const place = mounts.find(({ host }) => host === 'pip')?.container ?? ''
      const unmount = ['storage:unmount', APP, 'shared-cache-pip', '--container-dir', place]
      expect(await server.dokku(...unmount)).toMatchObject({ exit: 0 })
      await server.dokku('config:unset', '--no-restart', APP, 'UV_LINK_MODE')
      expect(await texts()).toEqual([`${APP}: 1 mount and 1 variable missing (pip, uv)`])
      const before = await doctor(APP)
      expect(before.exit).toBe(1)
      expect(before.stdout).toContain(`To fix: dokku shared-cache:doctor ${APP} --fix`)

      await doctor(APP, '--fix')
      expect(await wrong()).toEqual([])
      expect(new Set(await server.mounts(APP))).toEqual(new Set(mounts))
      expect(await server.env(APP)).toEqual(env)
    })

    it('does not report an app that was created seconds ago and has nothing yet', async () => {
      const record = `${server.lib}/config/shared-cache/${APP}/given`
      const created = `${server.lib}/config/apps/${APP}/created-at`
      await server.dokku('config:unset', '--no-restart', APP, 'UV_LINK_MODE')
      await server.shell(`mv ${record} ${record}.away; date +%s >${created}`)
      expect(await texts()).toEqual([])
      const { stdout } = await doctor(APP)
      expect(stdout).toContain(`${APP}: another command is giving it its caches now`)
      await server.shell(`echo 1 >${created}`)
      expect(await texts()).toEqual([`${APP}: 1 variable missing (uv)`])
      await server.shell(`mv ${record}.away ${record}`)
    })

    it('names a directory that others cannot write to, and opens it', async () => {
      await server.shell(`chmod 755 ${server.root}/pip`)
      expect(await texts()).toEqual([`${server.root}/pip: mode 0755 instead of 0777`])
      await doctor(APP, '--fix')
      expect(await wrong()).toEqual([])
    })

    it('replaces an unreadable record', async () => {
      const record = `${server.lib}/config/shared-cache/${APP}/given`
      const before = await server.shell(`cat ${record}`)
      await server.shell(`echo nonsense >${record}`)
      expect(await texts()).toEqual([`${APP}: cannot read its property given`])
      await doctor(APP, '--fix')
      expect(await wrong()).toEqual([])
      expect(await server.shell(`cat ${record}`)).toBe(before)
    })

    it('names an invalid value, and how to unset it', async () => {
      const file = `${server.lib}/config/shared-cache/${APP}/layout`
      await server.shell(`echo up >${file}`)
      expect(await wrong()).toMatchObject([
        { status: 'warn', remedy: `dokku shared-cache:set ${APP} layout` },
      ])
      await server.shell(`rm ${file}`)
    })

    it('does not change a link at the path of a cache, and says to move it', async () => {
      const pip = `${server.root}/pip`
      await server.shell(`mv ${pip} ${pip}.away; ln -s /etc ${pip}`)
      expect(await wrong()).toMatchObject([
        { text: `${pip}: a symbolic link`, remedy: `mv ${pip} ${pip}.old` },
      ])
      expect((await doctor(APP, '--fix')).exit).toBe(1)
      expect(await server.shell(`readlink ${pip}`)).toBe('/etc\n')
      await server.shell(`rm ${pip}; mv ${pip}.away ${pip}`)
    })

    it('reports no problem for an app whose first deploy showed that its processes run as root', async () => {
      await server.makeImage('e2e/doctor:1', {})
      await server.deploy(APP, 'e2e/doctor:1')
      expect(await texts()).toEqual([])
      expect((await doctor(APP)).stdout).toContain(
        `${APP}: its next deploy, or dokku shared-cache:setup, adapts its mounts and variables`,
      )
      await server.dokku('shared-cache:setup', APP)
      expect((await doctor(APP)).stdout).not.toContain('its next deploy')
    })
  })
})
