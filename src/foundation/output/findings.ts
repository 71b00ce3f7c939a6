import { type Colour, type Paint, noColour } from './colour'
import type { Finding } from '../core/findings'

const WORDS = { ok: 'ok', warn: 'warning', fail: 'wrong' } as const
const COLOURS: Readonly<Record<Finding['status'], Colour>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
}

/** A line for each finding, followed by its remedy. */
export function findingLines(
  findings: readonly Finding[],
  paint: Paint = noColour,
): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length))
  return findings.flatMap(({ name, status, text, remedy }) => {
    const word = WORDS[status].padEnd(WORDS.warn.length)
    const line = [paint(COLOURS[status], word), name.padEnd(width), text].join('  ')
    const indent = ' '.repeat(WORDS.warn.length + width + 4)
    return remedy === null ? [line] : [line, `${indent}To fix: ${remedy}`]
  })
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** The last line: the number of problems and warnings. */
export function verdict(findings: readonly Finding[]): string {
  const count = (status: Finding['status']) =>
    findings.filter((finding) => finding.status === status).length
  const [problems, warnings] = [count('fail'), count('warn')]
  const found = problems === 0 ? 'No problems found' : `${counted(problems, 'problem')} found`
  return warnings === 0 ? found : `${found}, ${counted(warnings, 'warning')}`
}
