import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasTime } from '../support/needs'
import { makeDoubleServer } from './double-server'
import { canServe, REAL } from './harness'

/** The changes after which a command is killed: a few, or all with SHARED_CACHE_TEST_POINTS=100. */
const points = (last: number, ...few: number[]) =>
  Number(process.env['SHARED_CACHE_TEST_POINTS'] ?? 0) >= 100
    ? Array.from({ length: last }, (_, index) => index + 1)
    : few

let server: Awaited<ReturnType<typeof makeDoubleServer>>
const APP = 'e2e-killed'
const storage = () => `${server.lib}/data/storage`

/** Everything that a volume is made of. */
async function state() {
  return {
    mounts: await server.mounts(APP),
    env: await server.env(APP),
    files: await server.shell(`cd ${storage()}; find . -printf '%p %u:%g %m\\n' | sort`),
    records: await server.shell(
      `cd ${server.lib}/data/persist; grep -h -v created volumes/* 2>/dev/null || true`,
    ),
    entries: (await server.dokku('storage:list-entries', '--format', 'json')).stdout,
  }
}

const ADD = ['persist:add', APP, '/app/uploads', '--mode', '0750', '--size', '50MB'] as const

async function forget(): Promise<void> {
  const removed = await server.dokku(
    ...['persist:remove', APP, 'app-uploads', '--destroy-data', '--force'],
  )
  expect(removed).toMatchObject({ exit: 0 })
}

describe.skipIf(!canServe || !hasTime || REAL !== '')(
  'persist:add, killed at any point (SIGKILL) (needs root) (needs time)',
  () => {
    let complete: Awaited<ReturnType<typeof state>>
    let nothing: typeof complete
    beforeAll(async () => {
      server = await makeDoubleServer()
      server.program('docker', 'exit 0')
      await server.dokku('apps:create', APP)
      await server.installPersist()
      await server.makeImage('killed:1', { user: '1000', files: ['/app/uploads/a/welcome'] })
      await server.deploy(APP, 'killed:1')
      nothing = await state()
      expect(await server.dokku(...ADD)).toMatchObject({ exit: 0 })
      complete = await state()
      expect(complete).not.toEqual(nothing)
      await forget()
      expect(await state()).toEqual(nothing)
    }, 300_000)
    afterAll(() => server.destroy(), 300_000)

    // The directory, the begin and the end of filling, on some file systems the limit, the entry, the mount, the variable.
    test.each(points(5, 1, 2, 3, 4, 5))('after change %d: the next run completes it', async (n) => {
      await server.killAfter(n, ...ADD)
      expect(await state()).not.toEqual(complete)
      expect(await server.dokku(...ADD)).toMatchObject({ exit: 0 })
      expect(await state()).toEqual(complete)
      expect((await server.dokku(...ADD, '--dry-run')).stdout).toContain('nothing to change')
      await forget()
      expect(await state()).toEqual(nothing)
    })
  },
)
