import { clearsEnvironment, programName, withoutWrapper } from './wrappers'

/** What is left of a call without its first wrapper. */
export interface Unwrapped {
  readonly words: readonly string[]
  /** The directory that the wrapper changes to; null for none. */
  readonly directory: string | null
  /** Variables that it removes. */
  readonly unset: readonly string[]
  /** Whether it starts the program without the variables of the step. */
  readonly clears: boolean
  /** Whether the program is called with words that the wrapper reads. */
  readonly fromInput: boolean
}

/** Options of wrappers that change the directory. */
const CHANGES_DIRECTORY: ReadonlyMap<string, RegExp> = new Map([
  ['env', /^(?:-[i0v]*C|--chdir)(?:=?(.+))?$/],
  ['sudo', /^(?:-D|--chdir)(?:=?(.+))?$/],
  ['conda', /^--cwd(?:=(.+))?$/],
  ['mamba', /^--cwd(?:=(.+))?$/],
  ['micromamba', /^--cwd(?:=(.+))?$/],
])

function directoryOf(name: string, own: readonly string[]): string | null {
  const option = CHANGES_DIRECTORY.get(name)
  if (!option) return null
  for (const [at, word] of own.entries()) {
    const found = option.exec(word)
    if (found) return found[1] ?? own[at + 1] ?? null
  }
  return null
}

/** `env -S 'npm ci'` splits its argument. */
function splitByEnv(own: readonly string[], rest: readonly string[]): readonly string[] {
  const joined = own.flatMap(
    (word) => /^(?:-[i0v]*S|--split-string=)\s*(\S[^]*)$/.exec(word)?.[1] ?? [],
  )
  const [first = '', ...more] = [...joined, ...rest]
  return first.includes(' ') ? [...first.trim().split(/\s+/), ...more] : [...joined, ...rest]
}

function unsetByEnv(own: readonly string[]): readonly string[] {
  return own.flatMap((word, at) => {
    const [, joined] = /^(?:-[i0v]*u|--unset=?)(.*)$/.exec(word) ?? []
    return joined === undefined ? [] : [joined || (own[at + 1] ?? '')]
  })
}

/** The word that xargs replaces by what it reads; '' for none. */
function placeholder(name: string, own: readonly string[]): string {
  if (name === 'parallel') return '{}'
  for (const [at, word] of own.entries()) {
    const [, joined] = /^(?:-[0rtxp]*[Ii]|--replace=?)(.*)$/.exec(word) ?? []
    if (joined !== undefined)
      return joined || (/[i]$|replace/.test(word) ? '{}' : (own[at + 1] ?? ''))
  }
  return ''
}

/** The words of a program that is called for what its wrapper reads. */
function withInput(
  name: string,
  own: readonly string[],
  rest: readonly string[],
  input: readonly string[],
): readonly string[] {
  const token = placeholder(name, own)
  if (token === '' || !rest.some((word) => word.includes(token))) return [...rest, ...input]
  return rest.flatMap((word) => {
    if (word === token) return input
    return word.includes(token) ? [word.replaceAll(token, () => input.join(' '))] : [word]
  })
}

function isWithUser(words: readonly string[]): boolean {
  return words.some((word) => /^(?:-u|--user(?:=.*)?)$/.test(word))
}

/** The call inside of a wrapper, which reads `input`; null where the first word is no wrapper. */
export function unwrapped(words: readonly string[], input: readonly string[]): Unwrapped | null {
  const name = programName(words[0] ?? '')
  const rest = name === 'runuser' && !isWithUser(words) ? null : withoutWrapper(words)
  if (!rest) return null
  const own = words.slice(1, words.length - rest.length)
  const fromInput = name === 'xargs' || name === 'parallel'
  const found = name === 'env' ? splitByEnv(own, rest) : rest
  return {
    words: fromInput ? withInput(name, own, rest, input) : found,
    directory: directoryOf(name, own),
    unset: name === 'env' ? unsetByEnv(own) : [],
    clears: clearsEnvironment([name, ...own]),
    fromInput,
  }
}
