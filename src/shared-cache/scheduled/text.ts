import type { PruneResult } from '../prune/text'
import { formatBytes } from '../../foundation/output/units'

const oneLine = (text: string) => text.replace(/\s+/g, ' ')

function parts({ outcomes, failed }: PruneResult): readonly string[] {
  const within = outcomes.filter(({ removed, plan }) => !removed && plan.bytesBefore > 0)
  const rest = within.map(({ plan }) => `${plan.source} ${formatBytes(plan.bytesBefore)}`)
  return [
    ...failed.map(({ source, error }) => `${source} failed: ${oneLine(error)}`),
    ...outcomes.flatMap(({ plan, removed }) => {
      if (!removed) return []
      const freed = `freed ${formatBytes(removed.bytes)} of ${formatBytes(plan.bytesBefore)}`
      const but = removed.trouble === undefined ? '' : `, but ${oneLine(removed.trouble)}`
      return [`${plan.source}: removed ${removed.units}, ${freed}${but}`]
    }),
    ...(rest.length > 0 ? [`within budgets: ${rest.join(', ')}`] : []),
  ]
}

/** The result of a scheduled run in one line. */
export function scheduledLine(at: Date, result: PruneResult): string {
  return `${at.toISOString()} ${parts(result).join('; ') || 'nothing to prune'}`
}

/** A failed scheduled run in one line. */
export function failedLine(at: Date, message: string): string {
  return `${at.toISOString()} failed: ${oneLine(message)}`
}
