import type { Budgets } from './core/budgets'
import { formatAge, formatBytes } from '../../foundation/output/units'

/** The properties of budgets. */
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

/** One line for each budget; empty if all are off. */
export function budgetLines(budgets: Budgets, about: keyof typeof KEPT): readonly string[] {
  const { maxBytes, maxAge, eachPart, parts, minFree, free } = budgets
  const { part, ...keys } = KEPT[about]
  const lines: string[] = []
  if (maxBytes !== null) lines.push(`limit ${formatBytes(maxBytes)} (${keys.maxSize})`)
  if (maxAge !== null) lines.push(`removed when unused for ${formatAge(maxAge)} (${keys.maxAge})`)
  if (eachPart !== null) {
    lines.push(`limit ${formatBytes(eachPart)} for ${part} (${keys.partMaxSize})`)
  }
  for (const { name, bytes } of parts) {
    lines.push(`limit ${formatBytes(bytes)} for ${name} (${keys.partMaxSize})`)
  }
  if (minFree !== null && free !== null) {
    lines.push(
      `keep ${formatBytes(minFree)} of the disk free, ${formatBytes(free)} are free now (min-free-space)`,
    )
  }
  return lines
}
