import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { version } from '../../package.json'
import { runBundle } from '../support/bundle'
import { makeDoubleServer } from './double-server'
import { envOf, mountsOf } from './expected'
import { REAL, canServe } from './harness'
import { hasTime } from '../support/needs'

const FILES = 8000

describe('a prune that is interrupted', () => {
  let root: string
  const directory = () => join(root, 'npm/_cacache/content-v2/sha512/aa/bb')

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    mkdirSync(directory(), { recursive: true })
    for (let index = 0; index < FILES; index++) {
      writeFileSync(join(directory(), index.toString(16).padStart(124, '0')), '')
    }
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const PRUNE = ['prune', '--cache', 'npm', '--older-than', '0d', '--force']

  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])(
    '%s stops a prune at once, says what was done, and the next one goes on',
    async (signal, exit) => {
      const bundle = `dist/dokku-shared-cache-${version}/shared-cache.cjs`
      const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
      const running = spawn(process.execPath, [bundle, ...PRUNE], { env, stdio: 'pipe' })
      let said = ''
      running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
      const over = once(running, 'exit')
      while (readdirSync(directory()).length > FILES - 1000) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      running.kill(signal)
      expect(await over).toEqual([exit, null])
      expect(said).toMatch(
        /Stopped: removed \d+ units from npm, freed .*\. Run the command again to continue\./,
      )
      const left = readdirSync(directory()).length
      expect(left).toBeGreaterThan(0)
      expect(await runBundle(PRUNE, env)).toMatchObject({ exit: 0 })
      expect(readdirSync(directory())).toEqual([])
    },
  )
})

const NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const

// Only the double sends a signal at a given change.
describe.skipIf(!canServe || !hasTime || REAL !== '')(
  'a command that is interrupted (needs root) (needs time)',
  () => {
    let server: Awaited<ReturnType<typeof makeDoubleServer>>
    const app = 'e2e-interrupted'
    const complete = { mounts: mountsOf('neutral'), env: { ...envOf('neutral'), OWN: 'kept' } }
    const nothing = { mounts: [], env: { OWN: 'kept' } }
    const state = async () => ({ mounts: await server.mounts(app), env: await server.env(app) })
    const run = async (verb: string) =>
      expect(await server.dokku(`shared-cache:${verb}`, app)).toMatchObject({ exit: 0 })

    /** Forgets everything: the next setup is a first one again. */
    async function forget(): Promise<void> {
      await run('disable')
      expect(await state()).toEqual(nothing)
      await server.shell(`
      rm -rf ${server.lib}/config/shared-cache
      rm -f ${server.lib}/data/storage-registry/entries/shared-cache-*`)
    }

    beforeAll(async () => {
      server = await makeDoubleServer()
      await server.dokku('apps:create', app)
      await server.dokku('config:set', '--no-restart', app, 'OWN=kept')
      await server.installPlugin()
    }, 300_000)
    afterAll(() => server.destroy(), 300_000)

    // Setup: the mark, the record, six entries, nine mounts; killed.test.ts has the other points. Disable: the setting, the record, mounts.
    test.each<[keyof typeof NUMBERS, 'group' | 'plugin']>([
      ['SIGHUP', 'group'],
      ['SIGINT', 'group'],
      ['SIGTERM', 'plugin'],
    ])(
      '%s to the %s: the exit code says so, and the next run completes what was begun',
      async (signal, who) => {
        for (const changes of [4, 12]) {
          const exit = await server.signalAfter(changes, signal, who, 'shared-cache:setup', app)
          expect([128 + NUMBERS[signal], signal]).toContain(exit)
          await run('setup')
          expect(await state()).toEqual(complete)
          await forget()
        }
        await run('setup')
        const exit = await server.signalAfter(3, signal, who, 'shared-cache:disable', app)
        expect([128 + NUMBERS[signal], signal]).toContain(exit)
        await forget()
      },
    )
  },
)
