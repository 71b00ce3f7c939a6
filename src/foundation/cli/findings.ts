import type { Finding } from '../core/findings'
import { findingLines, verdict } from '../output/findings'
import type { Context } from './command'

/**
 * Prints what a doctor found, as a line each or as one line of JSON. Gives back whether nothing is
 * wrong.
 */
export function showFindings(
  { log }: Context,
  findings: readonly Finding[],
  format: string,
): boolean {
  const isFine = findings.every(({ status }) => status !== 'fail')
  if (format === 'json') {
    log.plain(JSON.stringify({ version: 1, ok: isFine, findings }))
    return isFine
  }
  for (const line of findingLines(findings, log.paint)) log.plain(`       ${line}`)
  log.step(verdict(findings))
  return isFine
}
