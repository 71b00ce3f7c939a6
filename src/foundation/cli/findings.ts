import type { Finding } from '../core/findings'
import { findingLines, verdict } from '../output/findings'
import type { Context } from './command'

/** Prints the findings of a doctor, one line each or one line of JSON. Returns whether all are ok. */
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
