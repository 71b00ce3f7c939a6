// The result of .ci/run, from vitest's JSON reports of its two runs: names tests that were skipped but
// should have run, and ends with one line of counts for both.
// Usage: test-result.mjs CHECKS_EXIT BARE_REPORT BARE_EXIT FULL_REPORT FULL_EXIT
import { readFile } from 'node:fs/promises'
import { NEEDS, needsOf } from './test-needs.mjs'

/** @typedef {{ fullName: string, status: string }} Test */
/** @typedef {{ testResults: { status: string, assertionResults: Test[] }[] }} Report */

/** What the bare run has too: it hides programs, but runs as root. */
const IN_BOTH = ['root']

/** A bare run in which fewer tests pass has skipped what it should not. */
const LEAST_SHARE = 0.5

/** A report that is missing is a run without tests. */
async function read(/** @type {string} */ path, /** @type {string} */ exit) {
  /** @type {Report} */
  const report = JSON.parse(await readFile(path, 'utf8').catch(() => '{"testResults":[]}'))
  const files = report.testResults
  const tests = files.flatMap((file) => file.assertionResults)
  const failed = tests.filter((test) => test.status === 'failed')
  // A file that cannot be loaded has no tests at all, and has failed all the same.
  const broken = files.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  )
  const failures = failed.length + broken.length
  return {
    tests,
    passed: tests.filter((test) => test.status === 'passed'),
    skipped: tests.filter((test) => test.status !== 'passed' && test.status !== 'failed'),
    // An error outside of any test fails the run too.
    failures: failures === 0 && exit !== '0' ? 1 : failures,
  }
}

const [checksExit = '', barePath = '', bareExit = '', fullPath = '', fullExit = ''] =
  process.argv.slice(2)
const bare = await read(barePath, bareExit)
const full = await read(fullPath, fullExit)

/** @type {string[]} */
const complaints = []
if (checksExit !== '0') complaints.push('npm run check failed')
for (const { fullName } of full.skipped) {
  if (!needsOf(fullName).some((need) => !NEEDS[need]))
    complaints.push(`Skipped in the full run, but should run: ${fullName}`)
}
for (const { fullName } of bare.skipped) {
  if (!needsOf(fullName).some((need) => !IN_BOTH.includes(need)))
    complaints.push(`Skipped in the bare run, but should run: ${fullName}`)
}
const names = new Set(bare.tests.map((test) => test.fullName))
for (const { fullName } of full.tests) {
  if (!names.has(fullName)) complaints.push(`Missing in the bare run: ${fullName}`)
}
if (full.passed.length === 0) complaints.push('No test passed in the full run')
if (bare.passed.length < full.passed.length * LEAST_SHARE || bare.passed.length === 0)
  complaints.push(`Only ${bare.passed.length} tests passed in the bare run`)

for (const complaint of complaints) console.error(` !     ${complaint}`)
const passed = bare.passed.length + full.passed.length
const failures = bare.failures + full.failures + complaints.length
const skipped = bare.skipped.length + full.skipped.length
console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failures > 0 ? 1 : 0
