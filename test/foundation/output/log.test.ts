import { expect, test } from 'vitest'
import { makeLog } from '../../../src/foundation/output/log'

test('chunks wait for a slow reader, so that none is stored', async () => {
  let kept = 0
  let most = 0
  const log = makeLog({
    out: () => (most = Math.max(most, ++kept)),
    err: () => undefined,
    drained: () => {
      kept = 0
      return Promise.resolve()
    },
    terminal: false,
    quiet: false,
  })
  await log.pieces(Array.from({ length: 100 }, String))
  expect(most).toBe(1)
})
