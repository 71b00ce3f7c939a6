import type { Finding } from '../core/findings'

const WORDS = { ok: 'ok', warn: 'warning', fail: 'wrong' } as const

/** A line for each finding, with its remedy at the end. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings.map(({ name, status, text, remedy }) =>
    [
      WORDS[status].padEnd(WORDS.warn.length),
      name.padEnd(width),
      remedy === null ? text : `${text}. To fix: ${remedy}`,
    ].join('  '),
  )
}

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`
}

/** How many problems and warnings there are, in a line. */
export function verdict(findings: readonly Finding[]): string {
  const problems = findings.filter(({ status }) => status === 'fail').length
  const warnings = findings.filter(({ status }) => status === 'warn').length
  const found = problems === 0 ? 'No problems found' : `${count(problems, 'problem')} found`
  return warnings === 0 ? found : `${found}, ${count(warnings, 'warning')}`
}
