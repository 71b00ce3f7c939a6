import type { RunStep } from './stages'

const PREAMBLE = /^\s*(?:#|set -|$)/

/** A step in a few words. */
export function summarize({ instruction }: RunStep): string {
  const [heredoc] = instruction.heredocs
  const body = heredoc?.content.split('\n').find((line) => !PREAMBLE.test(line))
  const text = body !== undefined && /^\S*<</.test(instruction.args) ? body : instruction.args
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/^set -\w+( -o \w+)*(?:;| &&) /, '')
    .trim()
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}
