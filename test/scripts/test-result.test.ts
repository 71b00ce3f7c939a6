import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'test-result-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Case = readonly [fullName: string, status: string]

interface Run {
  readonly cases: readonly Case[]
  readonly exit?: number
  /** The status of the file; by default that of its tests. */
  readonly file?: string
}

function writeReport(path: string, { cases, file }: Run): void {
  const assertionResults = cases.map(([fullName, status]) => ({ fullName, status }))
  const status = file ?? (cases.some(([, s]) => s === 'failed') ? 'failed' : 'passed')
  writeFileSync(path, JSON.stringify({ testResults: [{ status, assertionResults }] }))
}

/** The last line and the exit code for two runs; null for one without a report. */
function result(bare: Run | null, full: Run | null, checks = 0) {
  const args = [bare, full].flatMap((run, index) => {
    const path = join(folder, `report-${index}.json`)
    rmSync(path, { force: true })
    if (run) writeReport(path, run)
    return [path, String(run?.exit ?? 0)]
  })
  const { status, stdout } = spawnSync(
    process.execPath,
    ['scripts/test-result.mjs', String(checks), ...args],
    { encoding: 'utf8' },
  )
  return [stdout.trim(), status]
}

describe('the last line of .ci/run', () => {
  const good: Case = ['a', 'passed']
  const also: Case = ['b', 'passed']
  const one: Run = { cases: [good] }
  const both: Run = { cases: [good, also] }
  const skips = (...names: string[]): Run => ({
    cases: [good, ...names.map((name): Case => [name, 'skipped'])],
  })
  const passes = (...names: string[]): Run => ({
    cases: [good, ...names.map((name): Case => [name, 'passed'])],
  })

  test.each<[string, Run | null, Run | null, number, string, number]>([
    ['all passed, twice', both, both, 0, '4 passed, 0 failed', 0],
    [
      'one failed in the full run',
      both,
      { cases: [good, ['b', 'failed']], exit: 1 },
      0,
      '3 passed, 1 failed',
      1,
    ],
    [
      'one failed in the bare run',
      { cases: [good, ['b', 'failed']], exit: 1 },
      both,
      0,
      '3 passed, 1 failed',
      1,
    ],
    [
      'skipped in the bare run for want of Docker',
      skips('b (needs Docker)'),
      passes('b (needs Docker)'),
      0,
      '3 passed, 0 failed, 1 skipped',
      0,
    ],
    [
      'skipped in both for an Engine',
      skips('b (needs Engine 28.2)'),
      skips('b (needs Engine 28.2)'),
      0,
      '2 passed, 0 failed, 2 skipped',
      0,
    ],
    [
      'skipped in both for Dokku, by its group',
      skips('g (needs Dokku) b'),
      skips('g (needs Dokku) b'),
      0,
      '2 passed, 0 failed, 2 skipped',
      0,
    ],
    [
      'skipped in the bare run without a reason that counts',
      skips('b'),
      passes('b'),
      0,
      '3 passed, 1 failed, 1 skipped',
      1,
    ],
    [
      'skipped in the bare run for want of root, which it has',
      skips('b (needs root)'),
      passes('b (needs root)'),
      0,
      '3 passed, 1 failed, 1 skipped',
      1,
    ],
    [
      'skipped in the full run although Docker is there',
      skips('b (needs Docker)'),
      skips('b (needs Docker)'),
      0,
      '2 passed, 1 failed, 2 skipped',
      1,
    ],
    [
      'left to be written',
      { cases: [good, ['b', 'todo']] },
      { cases: [good, ['b', 'todo']] },
      0,
      '2 passed, 2 failed, 2 skipped',
      1,
    ],
    ['a test that the bare run does not have', one, both, 0, '3 passed, 1 failed', 1],
    ['a bare run without a report', null, one, 0, '1 passed, 2 failed', 1],
    ['a full run without a report', one, null, 0, '1 passed, 1 failed', 1],
    [
      'a bare run that skips nearly everything',
      skips('b (needs acl)', 'c (needs acl)'),
      passes('b (needs acl)', 'c (needs acl)'),
      0,
      '4 passed, 1 failed, 2 skipped',
      1,
    ],
    [
      'a file that cannot be loaded',
      { cases: [good], exit: 1, file: 'failed' },
      one,
      0,
      '2 passed, 1 failed',
      1,
    ],
    ['an error outside of all tests', one, { cases: [good], exit: 1 }, 0, '2 passed, 1 failed', 1],
    ['a failed check', one, one, 2, '2 passed, 1 failed', 1],
    ['no test at all', { cases: [] }, { cases: [] }, 0, '0 passed, 2 failed', 1],
  ])('%s', (_, bare, full, checks, line, exit) => {
    expect(result(bare, full, checks)).toEqual([line, exit])
  })
})
