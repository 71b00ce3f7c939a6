import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'test-result-'))
afterAll(() => rmSync(folder, { recursive: true }))

type Case = readonly [fullName: string, status: string]

/** The last line and the exit code for a run with these tests and exit codes. */
function result(cases: readonly Case[], exits: { tests?: number; checks?: number; file?: string }) {
  const report = join(folder, 'report.json')
  const assertionResults = cases.map(([fullName, status]) => ({ fullName, status }))
  const status = exits.file ?? (cases.some(([, s]) => s === 'failed') ? 'failed' : 'passed')
  writeFileSync(
    report,
    JSON.stringify({ testResults: [{ status, message: '', assertionResults }] }),
  )
  const args = [report, String(exits.tests ?? 0), String(exits.checks ?? 0)]
  const { status: exit, stdout } = spawnSync(
    process.execPath,
    ['scripts/test-result.mjs', ...args],
    { encoding: 'utf8' },
  )
  return [stdout.trim(), exit]
}

describe('the last line of .ci/run', () => {
  const good: Case = ['a', 'passed']
  test.each<
    [string, readonly Case[], { tests?: number; checks?: number; file?: string }, string, number]
  >([
    ['all passed', [good, good], {}, '2 passed, 0 failed', 0],
    ['one failed', [good, ['b', 'failed']], { tests: 1 }, '1 passed, 1 failed', 1],
    [
      'skipped for an engine',
      [good, ['b (needs Engine 28.2)', 'skipped']],
      {},
      '1 passed, 0 failed, 1 skipped',
      0,
    ],
    [
      'skipped for Dokku, by its group',
      [good, ['g (needs Dokku) b', 'skipped']],
      {},
      '1 passed, 0 failed, 1 skipped',
      0,
    ],
    ['skipped without a reason that counts', [good, ['b', 'skipped']], {}, '1 passed, 1 failed', 1],
    [
      'skipped although Docker is there',
      [good, ['b (needs Docker)', 'skipped']],
      {},
      '1 passed, 1 failed',
      1,
    ],
    ['left to be written', [good, ['b', 'todo']], {}, '1 passed, 1 failed', 1],
    ['a file that cannot be loaded', [], { tests: 1, file: 'failed' }, '0 passed, 1 failed', 1],
    ['an error outside of all tests', [good], { tests: 1 }, '1 passed, 1 failed', 1],
    ['a failed check', [good], { checks: 2 }, '1 passed, 1 failed', 1],
    ['no test at all', [], {}, '0 passed, 1 failed', 1],
  ])('%s', (_, cases, exits, line, exit) => {
    expect(result(cases, exits)).toEqual([line, exit])
  })
})
