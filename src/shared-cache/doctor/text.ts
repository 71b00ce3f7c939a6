import type { Finding } from './core/findings'

const WORDS = { ok: 'ok', warn: 'warning', fail: 'wrong' } as const

/** What was found, a line each, with the remedy behind it. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings.map(({ name, status, text, remedy }) =>
    [
      WORDS[status].padEnd(WORDS.warn.length),
      name.padEnd(width),
      remedy === null ? text : `${text}. To do: ${remedy}`,
    ].join('  '),
  )
}

/** What it comes to, in a line. */
export function verdict(findings: readonly Finding[]): string {
  const wrong = findings.filter(({ status }) => status === 'fail').length
  if (wrong === 0) return 'Nothing is wrong'
  return wrong === 1 ? 'One thing is wrong' : `${wrong} things are wrong`
}
