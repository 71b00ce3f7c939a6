/** White space as BuildKit defines it (Go's unicode.IsSpace), which is not the same as `\s`. */
export const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** A text without white space at its start. */
export function trimStart(text: string): string {
  let at = 0
  while (at < text.length && SPACE.test(text.charAt(at))) at++
  return text.slice(at)
}

export function trim(text: string): string {
  let end = text.length
  while (end > 0 && SPACE.test(text.charAt(end - 1))) end--
  return trimStart(text.slice(0, end))
}

/** A `--name=value` before the arguments of an instruction, without its quotes. */
export interface Flag {
  readonly name: string
  /** undefined without `=`. */
  readonly value: string | undefined
  /** Its place in the text that it was read from. */
  readonly start: number
  readonly end: number
}

interface RawFlag {
  readonly word: string
  readonly end: number
}

/** One word from `start` on, without its quotes and escapes. */
function flagWord(text: string, start: number, escape: string): RawFlag {
  let word = ''
  let quote = ''
  let at = start
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === escape) {
      at++
      word += text.charAt(at)
    } else if (quote) {
      if (char === quote) quote = ''
      else word += char
    } else if (char === "'" || char === '"') quote = char
    else if (SPACE.test(char)) break
    else word += char
  }
  return { word, end: Math.min(at, text.length) }
}

/**
 * The flags at `start` of an instruction, and where its arguments begin. As BuildKit reads them
 * (frontend/dockerfile/parser/split_command.go): a lone `--` ends them.
 */
export function readFlags(
  text: string,
  start: number,
  escape: string,
): { readonly flags: readonly Flag[]; readonly end: number } {
  const flags: Flag[] = []
  let at = start
  for (;;) {
    while (at < text.length && SPACE.test(text.charAt(at))) at++
    if (!text.startsWith('--', at)) return { flags, end: at }
    const { word, end } = flagWord(text, at, escape)
    if (word === '--') return { flags, end }
    const [name = '', ...rest] = word.slice(2).split('=')
    flags.push({ name, value: rest.length > 0 ? rest.join('=') : undefined, start: at, end })
    at = end
  }
}

/** Fields of one line of CSV, as the values of `--mount` and `--device` are written. */
export function csvFields(value: string): readonly string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < value.length; at++) {
    const char = value.charAt(at)
    if (quoted && char === '"' && value.charAt(at + 1) === '"') {
      field += char
      at++
    } else if (char === '"') quoted = !quoted
    else if (char === ',' && !quoted) {
      fields.push(field)
      field = ''
    } else field += char
  }
  return [...fields, field]
}

export interface Heredoc {
  readonly name: string
  /** `<<-`: tabs at the start of its lines are ignored. */
  readonly chomp: boolean
}

/** Words with their quotes; null for an open quote, where BuildKit finds no words. */
function quotedWords(text: string): readonly string[] | null {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\' && quote !== "'") {
      word += char + text.charAt(at + 1)
      at++
    } else if (quote) {
      word += char
      if (char === quote) quote = ''
    } else if (SPACE.test(char)) {
      if (word) words.push(word)
      word = ''
    } else {
      if (char === "'" || char === '"') quote = char
      word += char
    }
  }
  if (quote) return null
  return word ? [...words, word] : words
}

function unquote(word: string): string {
  return word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, char) =>
    [single, double, char].map((part: string | undefined) => part ?? '').join(''),
  )
}

/** The heredocs that a line opens, in their order (BuildKit's heredocsFromLine). */
export function heredocsOf(line: string): readonly Heredoc[] {
  if (!line.includes('<<')) return []
  return (quotedWords(line) ?? []).flatMap((word) => {
    const [, dash, rest] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? []
    if (rest === undefined || quotedWords(rest)?.length !== 1) return []
    return [{ name: unquote(rest), chomp: dash === '-' }]
  })
}
