import { expect, test } from 'vitest'
import { plannedLine } from '../../../src/persist/clean/text'
import { sampleVolume } from '../../support/volumes'

test.each([
  [0, 0, 0, 'logs (logs): nothing to delete'],
  [1, 10, 0, 'logs (logs): 1 file, 10 B to delete'],
  [2, 2000, 1, 'logs (logs): 2 files, 2 kB to delete, 1 stays: a process has it open'],
  [0, 0, 2, 'logs (logs): nothing to delete, 2 stay: processes have them open'],
])('%i files, %i bytes, %i open', (files, bytes, open, line) => {
  const volume = sampleVolume({ name: 'logs', kind: 'logs' })
  const planned = { files, bytes, open, complete: true }
  expect(plannedLine({ volume, planned, removed: null })).toBe(line)
})
