import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeRunner } from '../../../src/foundation/process/runner'

test('a slow reader gets one chunk at a time, and all before the call is over', async () => {
  let reading = 0
  let together = 0
  let bytes = 0
  // The program is gone long before its output is read.
  await makeRunner(false).read('head', ['-c', '500000', '/dev/zero'], {
    onOutput: async (chunk) => {
      reading += 1
      together = Math.max(together, reading)
      await setTimeout(5)
      bytes += chunk.length
      reading -= 1
    },
  })
  expect({ together, bytes, reading }).toEqual({ together: 1, bytes: 500_000, reading: 0 })
})

test('a reader that refuses is heard of', async () => {
  const onOutput = () => Promise.reject(new Error('no more'))
  await expect(makeRunner(false).read('echo', ['x'], { onOutput })).rejects.toThrow('no more')
})
