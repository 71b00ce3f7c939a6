// Says at the end of a run of the tests which ones were skipped, and how to run them.
import { needsOf } from './test-needs.mjs'

/** @typedef {import('vitest/node').Reporter} Reporter */

/**
 * The lines that name what this machine lacks, with the number of tests skipped for it; [] where no
 * test was skipped for want of something.
 * @param {readonly string[]} skipped full names of the tests that did not run
 */
export function skippedLines(skipped) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  const lacking = skipped.map(needsOf).filter((needs) => needs.length > 0)
  for (const [need = ''] of lacking) counts.set(need, (counts.get(need) ?? 0) + 1)
  if (counts.size === 0) return []
  const rows = [...counts].sort(([, a], [, b]) => b - a)
  const tests = (/** @type {number} */ count) => `${count} ${count === 1 ? 'test' : 'tests'}`
  return [
    `${tests(lacking.length)} skipped, because this machine lacks what they need:`,
    ...rows.map(([need, count]) => `  ${need}: ${tests(count)}`),
    'To run them too, on Debian 12: sudo --preserve-env=PATH .ci/run (it installs what is missing).',
    'docs/development.md says how to run those that need Dokku, Engine 28.2 or another user.',
  ]
}

/** @implements {Reporter} */
export class SkippedReporter {
  isFiltered = false

  /** @type {NonNullable<Reporter['onInit']>} */
  onInit = ({ config }) => {
    this.isFiltered = config.testNamePattern !== undefined
  }

  /** @type {NonNullable<Reporter['onTestRunEnd']>} */
  onTestRunEnd = (modules) => {
    // With `-t` nearly all are skipped, for another reason.
    if (this.isFiltered) return
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => test.fullName),
    )
    const lines = skippedLines(skipped)
    if (lines.length > 0) console.log(`\n${lines.join('\n')}\n`)
  }
}
