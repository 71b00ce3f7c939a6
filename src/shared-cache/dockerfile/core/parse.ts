import { KnownError } from '../../../foundation/core/errors'
import {
  type Flag,
  type Heredoc,
  SPACE,
  heredocsOf,
  readFlags,
  trim,
  trimStart,
} from './instruction-flags'

/**
 * A Dockerfile as BuildKit reads it (frontend/dockerfile/parser), with the place of everything in the
 * text: edits change places, nothing is printed again. It was compared with BuildKit's own parser on
 * public files of all kinds.
 */
export interface Dockerfile {
  readonly text: string
  /** The value of the `# syntax=` line; null without one. */
  readonly syntax: string | null
  /** The character that continues a line: `\` or a backtick. */
  readonly escape: string
  readonly instructions: readonly Instruction[]
}

export interface Instruction {
  /** In capitals. */
  readonly keyword: string
  /** Number of its first line, from 1. */
  readonly line: number
  readonly start: number
  /** After its last character: heredocs included, the line end not. */
  readonly end: number
  /** Start of the first flag, or of the first argument without flags. */
  readonly bodyStart: number
  readonly flags: readonly Flag[]
  /** Everything after the flags: one line, continuations joined, without comments. */
  readonly args: string
  readonly heredocs: readonly (Heredoc & { readonly content: string })[]
  /** Comments before it and between its lines, without the `#`. */
  readonly comments: readonly string[]
  /** The instruction inside an ONBUILD. */
  readonly inner: Instruction | null
}

/** An error for a file that BuildKit refuses too. */
function refused(what: string): KnownError {
  return new KnownError(`the Dockerfile has ${what}`)
}

interface Physical {
  readonly start: number
  /** Without the line end. */
  readonly text: string
}

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL ' +
    'STOPSIGNAL USER VOLUME WORKDIR'
  ).split(' '),
)
const WITH_HEREDOCS: ReadonlySet<string> = new Set(['ADD', 'COPY', 'RUN'])

function physicalLines(text: string): readonly Physical[] {
  const lines: Physical[] = []
  let start = text.startsWith('\ufeff') ? 1 : 0
  while (start < text.length) {
    const newline = text.indexOf('\n', start)
    const end = newline === -1 ? text.length : newline
    lines.push({ start, text: text.slice(start, end).replace(/\r+$/, '') })
    start = end + 1
  }
  return lines
}

function isComment(line: string): boolean {
  return trimStart(line).startsWith('#')
}

/** The text of a directive. Its white space is that of Go's regular expressions. */
const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+?)[\t\n\f\r ]*$/

/**
 * Parser directives: lines before anything else, each at most once
 * (https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/directives.go).
 */
function readDirectives(lines: readonly string[]): ReadonlyMap<string, string> {
  const seen = new Map<string, string>()
  for (const line of lines) {
    if (!line.startsWith('#')) break
    const [, key = '', value = ''] = DIRECTIVE.exec(trimStart(line.slice(1))) ?? []
    const name = key.toLowerCase()
    if (!['syntax', 'escape', 'check'].includes(name)) break
    if (seen.has(name)) throw refused(`two lines "# ${name}="`)
    seen.set(name, value)
  }
  return seen
}

/** The frontend, which BuildKit looks for in lines without white space in front, after a `#!` line. */
function readSyntax(lines: readonly Physical[]): string | null {
  const texts = lines.map(({ text }) => text)
  const read = readDirectives(texts[0]?.startsWith('#!') === true ? texts.slice(1) : texts)
  return read.get('syntax')?.split(' ')[0] ?? null
}

/** The escape character, which the frontend looks for in trimmed lines, a `#!` line being a comment. */
function readEscape(lines: readonly Physical[]): string {
  const escape = readDirectives(lines.map(({ text }) => trimStart(text))).get('escape') ?? '\\'
  if (escape !== '\\' && escape !== '`') throw refused(`an invalid escape character: ${escape}`)
  return escape
}

/** A line joined from its continuations; `places` has the place of each character in the file. */
interface Logical {
  text: string
  places: number[]
  comments: string[]
  /** Index of the next line. */
  next: number
  end: number
}

function comment(line: string): string {
  return trim(trimStart(line).slice(1))
}

/** Joins the lines of one instruction, from line `first` on. */
function joinLines(lines: readonly Physical[], first: number, escape: string): Logical {
  const continued = escape === '\\' ? /(?:([^\\])|^)\\[ \t]*$/ : /(?:([^`])|^)`[ \t]*$/
  const joined: Logical = { text: '', places: [], comments: [], next: first, end: 0 }
  const add = (text: string, place: number) => {
    joined.text += text
    for (let at = 0; at < text.length; at++) joined.places.push(place + at)
  }
  let open = true
  while (open && joined.next < lines.length) {
    const { start, text } = lines[joined.next] as Physical
    const isFirst = joined.next === first
    joined.next++
    joined.end = start + text.length
    if (!isFirst && isComment(text)) joined.comments.push(comment(text))
    else if (isFirst || trimStart(text) !== '') {
      const skipped = isFirst ? text.length - trimStart(text).length : 0
      const match = continued.exec(text.slice(skipped))
      const kept = match ? match.index + (match[1]?.length ?? 0) : text.length - skipped
      add(text.slice(skipped, skipped + kept), start + skipped)
      open = match !== null
    }
  }
  return joined
}

function isExecForm(args: string): boolean {
  return execWords(args) !== null
}

/** The words of the exec form (`["a", "b"]`); null for anything else. */
export function execWords(args: string): readonly string[] | null {
  if (!args.startsWith('[')) return null
  try {
    const words = JSON.parse(args) as unknown[]
    return words.every((word) => typeof word === 'string') ? words : null
  } catch {
    return null
  }
}

interface Split {
  readonly keyword: string
  readonly bodyAt: number
  readonly flags: readonly Flag[]
  readonly args: string
  readonly argsAt: number
}

function split(text: string, start: number, escape: string): Split {
  let at = start
  while (at < text.length && !/[\t\v\f\r ]/.test(text.charAt(at))) at++
  const keyword = text.slice(start, at).toUpperCase()
  if (!KEYWORDS.has(keyword)) {
    throw refused(`an unknown instruction: ${keyword.slice(0, 20)}`)
  }
  while (at < text.length && SPACE.test(text.charAt(at))) at++
  const { flags, end } = readFlags(text, at, escape)
  return { keyword, bodyAt: at, flags, args: trim(text.slice(end)), argsAt: end }
}

type Found = Pick<Instruction, 'heredocs'> & { readonly next: number; readonly end: number }

function readHeredocs(lines: readonly Physical[], joined: Logical, holder: Split): Found {
  const found: (Heredoc & { content: string })[] = []
  let { next, end } = joined
  const may = WITH_HEREDOCS.has(holder.keyword) && !isExecForm(holder.args)
  for (const heredoc of may ? heredocsOf(joined.text) : []) {
    const content: string[] = []
    for (;;) {
      const line = lines[next]
      if (!line) throw refused(`a heredoc without an end: ${heredoc.name}`)
      next++
      end = line.start + line.text.length
      const bare = heredoc.chomp ? line.text.replace(/^\t+/, '') : line.text
      if (bare === heredoc.name) break
      content.push(bare)
    }
    found.push({ ...heredoc, content: content.join('\n') })
  }
  return { heredocs: found, next, end }
}

/**
 * Reads a Dockerfile. Throws KnownError with what is wrong for a file that BuildKit refuses too: an
 * unknown instruction, a heredoc without an end, no instruction at all.
 */
export function parseDockerfile(text: string): Dockerfile {
  const lines = physicalLines(text)
  const escape = readEscape(lines)
  const instructions: Instruction[] = []
  let comments: string[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] as Physical
    if (trimStart(line.text) === '' || isComment(line.text)) {
      if (isComment(line.text)) comments.push(comment(line.text))
      at++
      continue
    }
    const joined = joinLines(lines, at, escape)
    const blank = joined.text.length - trimStart(joined.text).length
    const outer = split(joined.text, blank, escape)
    const inner =
      outer.keyword === 'ONBUILD' && outer.args ? split(joined.text, outer.argsAt, escape) : null
    const { heredocs, next, end } = readHeredocs(lines, joined, inner ?? outer)
    const place = (index: number) => joined.places[index] ?? joined.end
    const toInstruction = (part: Split): Instruction => ({
      keyword: part.keyword,
      line: at + 1,
      start: place(blank),
      end,
      bodyStart: place(part.bodyAt),
      flags: part.flags.map((flag) => ({
        ...flag,
        start: place(flag.start),
        end: place(flag.end - 1) + 1,
      })),
      args: part.args,
      heredocs,
      comments: [...comments, ...joined.comments],
      inner: part === outer && inner ? toInstruction(inner) : null,
    })
    instructions.push(toInstruction(outer))
    comments = []
    at = next
  }
  if (instructions.length === 0) throw refused('no instruction')
  return { text, syntax: readSyntax(lines), escape, instructions }
}
