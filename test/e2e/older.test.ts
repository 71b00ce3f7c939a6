import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { envOf, mountsOf, otherWarnings } from './expected'
import type { Server } from './harness'
import { REAL, canServe } from './harness'
import { hasTime } from '../support/needs'

const root = canServe && REAL === ''

async function setUp(server: Server) {
  const { exit, stderr } = await server.dokku('shared-cache:setup')
  return { exit, stderr: otherWarnings(stderr) }
}

describe.skipIf(!root || !hasTime)(
  'Dokku 0.37: mounts are host:container only (needs root) (needs time)',
  () => {
    let server: Awaited<ReturnType<typeof makeDoubleServer>>
    const expectShares = async (app: string) => {
      expect(await server.mounts(app)).toEqual(mountsOf('neutral'))
      expect(await server.env(app)).toEqual(envOf('neutral'))
    }

    beforeAll(async () => {
      server = await makeDoubleServer('0.37.10')
      await server.dokku('apps:create', 'e2e-old')
      await server.installPlugin()
    })
    afterAll(() => server.destroy())

    test('setup gives apps their caches, a second run changes nothing', async () => {
      expect(await setUp(server)).toEqual({ exit: 0, stderr: '' })
      await expectShares('e2e-old')
      const { stdout } = await server.dokku('shared-cache:setup')
      expect(stdout).toContain('nothing to change')
      await expectShares('e2e-old')
    })

    test('new, cloned and renamed apps have them', async () => {
      await server.dokku('apps:create', 'e2e-new')
      await expectShares('e2e-new')
      await server.dokku('apps:clone', '--skip-deploy', 'e2e-new', 'e2e-clone')
      await expectShares('e2e-clone')
      await server.dokku('apps:rename', '--skip-deploy', 'e2e-clone', 'e2e-renamed')
      await expectShares('e2e-renamed')
    })

    test('read-only mounts, and back', async () => {
      await server.dokku('shared-cache:set', 'e2e-new', 'run-access', 'ro')
      expect(await server.mounts('e2e-new')).toEqual(mountsOf('neutral', undefined, true))
      await server.dokku('shared-cache:set', 'e2e-new', 'run-access')
      await expectShares('e2e-new')
    })

    test('disable removes exactly what was added', async () => {
      await server.dokku('config:set', '--no-restart', 'e2e-new', 'OWN=kept')
      await server.dokku('shared-cache:disable', 'e2e-new')
      expect(await server.mounts('e2e-new')).toEqual([])
      expect(await server.env('e2e-new')).toEqual({ OWN: 'kept' })
    })

    test('the upgrade of Dokku to 0.38 changes nothing, and what was added can still be removed', async () => {
      server.upgrade()
      expect((await server.dokku('version')).stdout).toBe('dokku version 0.38.27\n')
      await expectShares('e2e-old')
      const { exit, stdout } = await server.dokku('shared-cache:setup')
      expect({ exit, stdout }).toMatchObject({
        exit: 0,
        stdout: expect.stringContaining('nothing to change') as string,
      })
      await expectShares('e2e-old')
      await server.dokku('shared-cache:disable', 'e2e-old')
      expect(await server.mounts('e2e-old')).toEqual([])
      expect(await server.env('e2e-old')).toEqual({})
    })
  },
)

const node18 = process.env['SHARED_CACHE_TEST_NODE18'] ?? ''

describe.skipIf(!root || !node18)('a server (needs root) (needs Node 18.19)', () => {
  test('installs the plugin, sets up an app, gives a new app its caches, and removes them', async () => {
    const server: Server = await makeDoubleServer('0.38.27', node18)
    try {
      await server.dokku('apps:create', 'e2e-app')
      expect(await server.installPlugin()).toMatchObject({ exit: 0 })
      expect(await setUp(server)).toEqual({ exit: 0, stderr: '' })
      await server.dokku('apps:create', 'e2e-new')
      for (const app of ['e2e-app', 'e2e-new'])
        expect(await server.mounts(app)).toEqual(mountsOf('neutral'))
      expect(await server.dokku('shared-cache:report', '--global')).toMatchObject({ exit: 0 })
      await server.dokku('shared-cache:disable', '--all')
      expect(await server.mounts('e2e-new')).toEqual([])
    } finally {
      await server.destroy()
    }
  })
})

describe.skipIf(!root)('a server with a missing or too old Node (needs root)', () => {
  let server: Awaited<ReturnType<typeof makeDoubleServer>>
  const directory = mkdtempSync(join(tmpdir(), 'old-node-'))
  const old = join(directory, 'node')

  beforeAll(async () => {
    writeFileSync(old, '#!/bin/sh\necho v18.18.2\n', { mode: 0o755 })
    server = await makeDoubleServer('0.38.27', old)
    await server.makeImage('e2e/root:1', {})
    await server.dokku('apps:create', 'e2e-app')
    expect(await server.installPlugin()).toMatchObject({ exit: 0 })
    // As if setup had run before Node was removed: only then do the triggers look for it.
    await server.shell(`
      mkdir -p ${server.lib}/config/shared-cache/--global
      echo x >${server.lib}/config/shared-cache/--global/setup`)
  })
  afterAll(async () => {
    await server.destroy()
    rmSync(directory, { recursive: true })
  })

  test('a command prints what to do, in one line', async () => {
    const { exit, stdout, stderr } = await server.dokku('shared-cache:setup')
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
    expect(stderr).toMatch(/^ !     Node 18\.19 or later is needed: .*\n$/)
  })

  test('apps can still be created, deployed and destroyed', async () => {
    expect(await server.dokku('apps:create', 'e2e-new')).toMatchObject({ exit: 0 })
    expect(await server.deploy('e2e-new', 'e2e/root:1')).toMatchObject({ exit: 0 })
    expect(await server.dokku('--force', 'apps:destroy', 'e2e-new')).toMatchObject({ exit: 0 })
  })

  test('the installation uses the Node of the distribution if it is new enough', async () => {
    server.program('apt-cache', 'echo "  Candidate: 18.20.4+dfsg-1"')
    server.program(
      'apt-get',
      `case "$*" in *install*nodejs*) rm -f ${old}; ln -s ${process.execPath} ${old};; esac`,
    )
    expect(await server.dokku('plugin:update', 'shared-cache')).toMatchObject({ exit: 0 })
    expect(await setUp(server)).toEqual({ exit: 0, stderr: '' })
    expect(await server.mounts('e2e-app')).toEqual(mountsOf('neutral'))
  })
})
