// The result of a whole run, from vitest's JSON report: names tests that were skipped but should
// have run, and closes with one line of counts. Usage: test-result.mjs REPORT TESTS_EXIT CHECKS_EXIT
import { readFile } from 'node:fs/promises'

/**
 * What a test may need that a fresh machine with its distribution's Docker has not. Such a test, or
 * the group around it, says so in its name; every other test has to run.
 */
const NEEDS = [
  '(needs Engine 28.2)',
  '(needs Dokku)',
  '(needs a user other than root)',
  '(needs strace and chattr)',
]

const [path = '', testsExit, checksExit] = process.argv.slice(2)
/** @type {{ testResults: { status: string, message: string, assertionResults: { fullName: string, status: string }[] }[] }} */
const report = JSON.parse(await readFile(path, 'utf8'))

const tests = report.testResults.flatMap((file) => file.assertionResults)
const passed = tests.filter((test) => test.status === 'passed')
const failed = tests.filter((test) => test.status === 'failed')
const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
const unexplained = skipped.filter((test) => !NEEDS.some((need) => test.fullName.includes(need)))
// A file that cannot be loaded has no tests at all, and has failed all the same.
const broken = report.testResults.filter(
  (file) =>
    file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)

for (const test of unexplained) console.error(` !     Skipped, but should run: ${test.fullName}`)
if (checksExit !== '0') console.error(' !     npm run check failed')

let failures = failed.length + broken.length + unexplained.length
// An error outside of any test, or a failed check, fails the run too.
if (failures === 0 && (testsExit !== '0' || checksExit !== '0')) failures = 1
if (passed.length === 0 && failures === 0) failures = 1
const left = skipped.length - unexplained.length
console.log(`${passed.length} passed, ${failures} failed${left > 0 ? `, ${left} skipped` : ''}`)
process.exitCode = failures > 0 ? 1 : 0
