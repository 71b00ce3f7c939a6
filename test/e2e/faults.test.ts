import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { envOf, mountsOf } from './expected'
import type { Server } from './harness'
import { canServe } from './harness'
import { hasTime } from '../support/needs'

/** Disk failures are only simulated on the double. */

let server: Server
const app = 'e2e-faults'
const complete = { mounts: mountsOf('neutral'), env: { ...envOf('neutral'), OWN: 'kept' } }
const nothing = { mounts: [], env: { OWN: 'kept' } }

async function state() {
  return { mounts: await server.mounts(app), env: await server.env(app) }
}

/** Dokku's directory on a separate small disk. */
const smallDisk = () => `
  cp -a ${server.lib} ${server.lib}.own
  mount -t tmpfs -o size=40m,nr_inodes=3000,mode=0755 tmpfs ${server.lib}
  cp -a ${server.lib}.own/. ${server.lib}`

const FAULTS: [string, () => string, RegExp][] = [
  [
    'a full disk',
    () => `dd if=/dev/zero of=${server.lib}/filler bs=4k 2>/dev/null || true`,
    /hardly any space|no space left|did not write/,
  ],
  [
    'hardly any space',
    () => `dd if=/dev/zero of=${server.lib}/filler bs=4k 2>/dev/null || true
      truncate -s -400K ${server.lib}/filler`,
    /hardly any space/,
  ],
  [
    'no inodes',
    () => `mkdir ${server.lib}/filler; cd ${server.lib}/filler
      seq 4000 | xargs touch 2>/dev/null || true`,
    /hardly any inodes|no space left|did not write/,
  ],
  [
    'a read-only file system',
    () => `mount -o remount,ro ${server.lib}`,
    /read-only file system|file system is read-only/,
  ],
]

describe.skipIf(!canServe || !hasTime)('a failing disk (needs root) (needs time)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    await server.dokku('apps:create', app)
    await server.dokku('config:set', '--no-restart', app, 'OWN=kept')
    const osRelease = 'ID=debian\nVERSION_ID=12\n'
    await server.makeImage('image-one', { osRelease })
    await server.installPlugin()
    await server.shell(smallDisk())
  })
  afterAll(() => server.destroy())

  const mend = () => `mount -o remount,rw ${server.lib}; rm -rf ${server.lib}/filler`
  const succeeds = async (...words: string[]) =>
    expect(await server.dokku(...words)).toMatchObject({ exit: 0 })
  const isRefused = async (said: RegExp, ...words: string[]) => {
    const answer = await server.dokku(...words)
    expect(answer.exit).not.toBe(0)
    expect(answer.stderr).toMatch(said)
    expect(answer.stderr).not.toMatch(/defect|\n\s+at /)
  }

  test.each(FAULTS)(
    '%s: commands report it and remove nothing, triggers warn, the next run completes it',
    async (_, spoil, said) => {
      await server.shell(spoil())
      await isRefused(said, 'shared-cache:setup')
      expect(await state()).toEqual(nothing)
      await server.shell(mend())
      await succeeds('shared-cache:setup')
      expect(await state()).toEqual(complete)

      await server.shell(spoil())
      await isRefused(said, 'shared-cache:disable', app)
      const deployed = await server.trigger('pre-release-builder', 'image', app, 'image-one')
      expect(deployed).toMatchObject({ exit: 0 })
      expect(await state()).toEqual(complete)
      await server.shell(mend())
      await succeeds('shared-cache:disable', app)
      expect(await state()).toEqual(nothing)
      await server.shell(`rm -r ${server.lib}/config/shared-cache ${server.root}`)
    },
  )

  test('on a full disk an app deploys as without the plugin', async () => {
    await succeeds('shared-cache:setup')
    await server.shell(FAULTS[0]?.[1]() ?? '')
    await isRefused(/did not write/, 'shared-cache:set', '--global', 'schedule', 'off')
    await server.deploy(app, 'image-one')
    expect(await state()).toEqual(complete)
    expect((await server.container(app)).mounts).toHaveLength(complete.mounts.length)
    await server.shell(mend())
    await succeeds('shared-cache:setup')
    expect((await state()).env['PIP_CACHE_DIR']).toMatch(/debian-12/)
  })
})
