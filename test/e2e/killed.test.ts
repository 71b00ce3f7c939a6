import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { envOf, mountsOf } from './expected'
import type { Server } from './harness'
import { canServe, makeServer } from './harness'
import { hasTime } from '../support/needs'

/**
 * The changes after which a command is killed: a few different ones, and all of them with
 * SHARED_CACHE_TEST_POINTS=100.
 */
const points = (last: number, ...few: number[]) =>
  Number(process.env['SHARED_CACHE_TEST_POINTS'] ?? 0) >= 100
    ? Array.from({ length: last }, (_, index) => index + 1)
    : few

let server: Server
const app = 'e2e-killed'

async function state() {
  return { mounts: await server.mounts(app), env: await server.env(app) }
}

const complete = { mounts: mountsOf('neutral'), env: { ...envOf('neutral'), OWN: 'kept' } }
const nothing = { mounts: [], env: { OWN: 'kept' } }

async function run(verb: string): Promise<void> {
  expect(await server.dokku(`shared-cache:${verb}`, app)).toMatchObject({ exit: 0 })
}

/** Resets the server, so that the next setup is the first one. */
async function forget(): Promise<void> {
  await run('disable')
  await server.shell(`
    rm -rf ${server.lib}/config/shared-cache
    rm -f ${server.lib}/data/storage-registry/entries/shared-cache-*`)
}

describe.skipIf(!canServe || !hasTime)(
  'killed at any point (SIGKILL) (needs root) (needs time)',
  () => {
    beforeAll(async () => {
      server = await makeServer()
      await server.dokku('apps:create', app)
      await server.dokku('config:set', '--no-restart', app, 'OWN=kept')
      await server.installPlugin()
    })
    afterAll(() => server.destroy())

    // The mark of the server, the record, six entries, nine mounts, all variables, the record again.
    test.each(points(18, 1, 2, 8, 9, 12, 17, 18))(
      'the first setup, after change %d: the next run completes it',
      async (changes) => {
        await server.killAfter(changes, 'shared-cache:setup', app)
        if (changes < 18) expect(await state()).not.toEqual(complete)
        await run('setup')
        expect(await state()).toEqual(complete)
        await forget()
        expect(await state()).toEqual(nothing)
      },
    )

    test.each(points(18, 11, 14, 18))(
      'setup, after change %d: disable removes exactly what it had added',
      async (changes) => {
        await server.killAfter(changes, 'shared-cache:setup', app)
        if (changes > 10) expect(await state()).not.toEqual(nothing)
        await forget()
        expect(await state()).toEqual(nothing)
      },
    )

    // The setting, the record, the variables, nine mounts, the record again.
    test.each(points(13, 1, 2, 3, 4, 10))(
      'disable, after change %d: the next run of setup completes it',
      async (changes) => {
        await run('setup')
        await run('enable')
        expect(await state()).toEqual(complete)
        await server.killAfter(changes, 'shared-cache:disable', app)
        if (changes < 12) expect(await state()).not.toEqual(nothing)
        await run('setup')
        expect(await state()).toEqual(nothing)
      },
    )
  },
)
