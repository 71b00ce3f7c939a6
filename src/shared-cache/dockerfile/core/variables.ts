import { SPACE } from './instruction-flags'

/** Values of variables by name; null for one that is set to an unknown value. */
export type Variables = ReadonlyMap<string, string | null>

const REFERENCE =
  /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+?])([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))/g

/** Replaces variables; null where one is not known. */
export function expand(text: string, variables: Variables): string | null {
  if (!text.includes('$')) return text
  const unknown: string[] = []
  const result = text.replace(
    REFERENCE,
    (_, braced?: string, operator?: string, word?: string, bare?: string) => {
      const value = variables.get(braced ?? bare ?? '')
      const empty = value === undefined || value === null || value === ''
      if (operator?.endsWith('-')) return empty ? (word ?? '') : value
      if (operator?.endsWith('+')) return empty ? '' : (word ?? '')
      if (value === undefined || value === null) unknown.push(braced ?? bare ?? '')
      return value ?? ''
    },
  )
  return unknown.length === 0 && !result.includes('$') ? result : null
}

/** Replaces variables that the file itself sets; null where another one occurs: the base image may set it. */
export function expandOwn(text: string, variables: Variables): string | null {
  const names = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name)
  return names.every((name) => variables.get(name) != null) ? expand(text, variables) : null
}

/** Words of ENV, ARG and FROM, split at white space, without their quotes. */
export function plainWords(text: string): readonly string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (!quote && SPACE.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (char === '\\' && quote !== "'") {
      at++
      word = (word ?? '') + text.charAt(at)
    } else if (quote ? char === quote : char === "'" || char === '"') {
      quote = quote ? '' : char
      word ??= ''
    } else word = (word ?? '') + char
  }
  return word === null ? words : [...words, word]
}

/** `A=b C=d`, and the old form `A b c`. */
export function assignments(args: string): readonly (readonly [string, string | undefined])[] {
  const words = plainWords(args)
  const first = words[0] ?? ''
  if (words.length > 1 && !first.includes('=')) return [[first, words.slice(1).join(' ')]]
  return words.map((word) => {
    const at = word.indexOf('=')
    return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
  })
}

/** A path relative to a directory; null where either is not known, or the path has `..`. */
export function joinPath(from: string | null, path: string | null): string | null {
  if (path === null || path === '') return null
  if (!path.startsWith('/') && from === null) return null
  const names = `${path.startsWith('/') ? '' : (from ?? '')}/${path}`.split('/')
  if (names.includes('..')) return null
  return `/${names.filter((name) => name !== '' && name !== '.').join('/')}`
}

/**
 * The platform variables that BuildKit sets for every file, as if by ARG before the first FROM
 * (https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope).
 */
export function platformArgs(architecture: string): ReadonlyMap<string, string> {
  if (architecture === '') return new Map()
  const of = (which: string): [string, string][] => [
    [`${which}PLATFORM`, `linux/${architecture}`],
    [`${which}OS`, 'linux'],
    [`${which}ARCH`, architecture],
    [`${which}VARIANT`, ''],
  ]
  return new Map([...of('BUILD'), ...of('TARGET')])
}
