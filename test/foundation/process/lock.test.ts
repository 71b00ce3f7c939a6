import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withLock } from '../../../src/foundation/process/lock'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'lock-'))))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

test('two runs with the same lock run one after the other', async () => {
  const events: string[] = []
  const work = (name: string) => () => {
    events.push(`${name} begins`)
    return new Promise<void>((resolve) =>
      setTimeout(() => resolve(void events.push(`${name} ends`)), 20),
    )
  }
  await Promise.all([
    withLock(directory, 'web', work('one')),
    withLock(directory, 'web', work('two')),
  ])
  const [first = ''] = events
  const order = first.startsWith('one') ? ['one', 'two'] : ['two', 'one']
  expect(events).toEqual(order.flatMap((name) => [`${name} begins`, `${name} ends`]))
})

test('the lock is released after a failure', async () => {
  const fail = () => Promise.reject(new Error('a failure'))
  await expect(withLock(directory, 'web', fail)).rejects.toThrow('a failure')
  const holder = spawn('flock', ['-n', directory, 'true'])
  expect((await once(holder, 'close'))[0]).toBe(0)
})

test('without flock the error names the package to install', async () => {
  vi.stubEnv('PATH', directory)
  await expect(withLock(directory, 'web', () => Promise.resolve())).rejects.toMatchObject({
    name: 'KnownError',
    message: 'Cannot lock web: spawn flock ENOENT',
    hint: expect.stringContaining('util-linux') as string,
  })
})
