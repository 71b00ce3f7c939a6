import type { Budgets } from '../core/budgets'
import { formatAge, formatBytes } from './units'

/** The budgets of a host in numbers, a line each; none where everything is off. */
export function budgetLines(budgets: Budgets): readonly string[] {
  const { maxBytes, maxAge, eachPart, parts, minFree, free } = budgets
  const lines: string[] = []
  if (maxBytes !== null) lines.push(`at most ${formatBytes(maxBytes)} (buildkit-max-size)`)
  if (maxAge !== null) lines.push(`nothing unused for ${formatAge(maxAge)} (buildkit-max-age)`)
  if (eachPart !== null) {
    lines.push(`at most ${formatBytes(eachPart)} in a cache mount (cache-mount-max-size)`)
  }
  for (const { name, bytes } of parts) {
    lines.push(`at most ${formatBytes(bytes)} in ${name} (cache-mount-max-size)`)
  }
  if (minFree !== null && free !== null) {
    lines.push(
      `at least ${formatBytes(minFree)} of the disk free, ${formatBytes(free)} are (min-free-space)`,
    )
  }
  return lines
}
