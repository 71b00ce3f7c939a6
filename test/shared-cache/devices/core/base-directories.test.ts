import { describe, expect, test } from 'vitest'
import {
  baseDirectory,
  baseLabel,
} from '../../../../src/shared-cache/devices/core/base-directories'
import type { KnownBase } from '../../../../src/shared-cache/devices/core/bases'
import { baseKey } from '../../../../src/shared-cache/devices/core/cdi'
import { baseReports } from '../../../../src/shared-cache/report/core/base-report'

const SYSTEM = 'debian-12-amd64-glibc'
const base = (reference: string, system = '', platform = ''): KnownBase => {
  return { reference, platform, system, plain: false }
}
const directoryOf = (one: KnownBase) => `base-${baseKey(one)}`
const TIME = Date.parse('2026-08-01T12:00:00Z')

describe('the directory of a base image', () => {
  const [young, seen, arm] = [
    base('python:3.14'),
    base('python:3.12', SYSTEM),
    base('node:22', '', 'linux/arm64'),
  ]
  const known = [young, seen, arm]

  test.each<[string, KnownBase, boolean, string]>([
    [
      'is what builds use as long as its system is not known',
      young,
      false,
      'python:3.14, whose system is not known',
    ],
    ['is stale once it is', seen, true, `python:3.12, whose builds use ${SYSTEM} now`],
    ['has its platform', arm, false, 'node:22 for linux/arm64, whose system is not known'],
    [
      'is stale where nobody remembers the base',
      base('gone:1'),
      true,
      'a base image that nobody has built on since 2026-08-01',
    ],
  ])('%s', (_, one, isStale, label) => {
    const directory = baseDirectory(known, directoryOf(one))
    expect(directory.isStale).toBe(isStale)
    expect(baseLabel(directory, TIME)).toBe(label)
  })

  test('is a row of the report, with all caches that have one', () => {
    const measured = (one: KnownBase, cache: string, bytes: number, lastUsed: number | null) => {
      return { cache, directory: baseDirectory(known, directoryOf(one)), bytes, lastUsed }
    }
    const rows = baseReports([
      measured(seen, 'pip', 10, TIME),
      measured(base('gone:1'), 'pip', 30, null),
      measured(seen, 'uv', 50, TIME + 1000),
    ])
    expect(rows).toEqual([
      {
        ...{ directory: directoryOf(seen), reference: 'python:3.12', platform: '', system: SYSTEM },
        ...{ stale: true, label: `python:3.12, whose builds use ${SYSTEM} now` },
        ...{ caches: ['pip', 'uv'], bytes: 60, lastUsed: '2026-08-01T12:00:01.000Z' },
      },
      {
        ...{ directory: directoryOf(base('gone:1')), reference: null, platform: '', system: null },
        ...{ stale: true, label: 'a base image that nobody has built on for long' },
        ...{ caches: ['pip'], bytes: 30, lastUsed: null },
      },
    ])
  })
})
