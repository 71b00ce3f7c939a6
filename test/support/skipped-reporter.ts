import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { needsOf } from '../../scripts/test-needs.mjs'

/** The lines that name the tests which this machine could not run, by what it lacks; [] for none. */
export function skippedLines(skipped: readonly string[]): string[] {
  const counts = new Map<string, number>()
  const lacking = skipped.map(needsOf).filter((needs) => needs.length > 0)
  for (const [need = ''] of lacking) counts.set(need, (counts.get(need) ?? 0) + 1)
  if (counts.size === 0) return []
  const rows = [...counts].sort(([, a], [, b]) => b - a)
  const tests = (count: number) => `${count} ${count === 1 ? 'test' : 'tests'}`
  return [
    `${tests(lacking.length)} skipped, because this machine lacks what they need:`,
    ...rows.map(([need, count]) => `  ${need}: ${tests(count)}`),
    'To run them too, on Debian 12: sudo --preserve-env=PATH .ci/run (it installs what is missing).',
    'CONTRIBUTING.md says how to run those that need Dokku, Engine 28.2 or a user other than root.',
  ]
}

/** Says at the end of a run which tests were skipped, and how to run them. */
export class SkippedReporter implements Reporter {
  private isFiltered = false

  onInit({ config }: Vitest): void {
    this.isFiltered = config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With `-t` nearly all are skipped, for another reason.
    if (this.isFiltered) return
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => test.fullName),
    )
    const lines = skippedLines(skipped)
    if (lines.length > 0) console.log(`\n${lines.join('\n')}\n`)
  }
}
