import type { Budgets } from './core/budgets'
import { formatAge, formatBytes } from '../../foundation/output/units'

/** What budgets are about, and the properties that say them. */
const KEPT = {
  caches: {
    part: 'each cache',
    maxSize: 'max-size',
    maxAge: 'max-age',
    partMaxSize: 'cache-max-size',
  },
  buildkit: {
    part: 'a cache mount',
    maxSize: 'buildkit-max-size',
    maxAge: 'buildkit-max-age',
    partMaxSize: 'cache-mount-max-size',
  },
} as const

/** Budgets in numbers, a line each; none where everything is off. */
export function budgetLines(budgets: Budgets, about: keyof typeof KEPT): readonly string[] {
  const { maxBytes, maxAge, eachPart, parts, minFree, free } = budgets
  const { part, ...keys } = KEPT[about]
  const lines: string[] = []
  if (maxBytes !== null) lines.push(`at most ${formatBytes(maxBytes)} (${keys.maxSize})`)
  if (maxAge !== null) lines.push(`nothing unused for ${formatAge(maxAge)} (${keys.maxAge})`)
  if (eachPart !== null) {
    lines.push(`at most ${formatBytes(eachPart)} in ${part} (${keys.partMaxSize})`)
  }
  for (const { name, bytes } of parts) {
    lines.push(`at most ${formatBytes(bytes)} in ${name} (${keys.partMaxSize})`)
  }
  if (minFree !== null && free !== null) {
    lines.push(
      `at least ${formatBytes(minFree)} of the disk free, ${formatBytes(free)} are (min-free-space)`,
    )
  }
  return lines
}
