import type { ArrayValue, Redirection, Word } from 'unbash'
import { programName } from './wrappers'

/** Names of shells that read the language of sh. */
export const SHELL_NAME = /^(?:ba|da|a|z|k|mk)?sh$/

export function valueText(value: Word | ArrayValue): string {
  if (value.type === 'Word') return value.value
  // Of `[key]=value`, the value.
  return value.elements.map((word) => word.value.replace(/^\[[^\]]*\]=/, '')).join(' ')
}

export function writtenFiles(redirections: readonly Redirection[]): readonly string[] {
  return redirections.flatMap((each) =>
    each.type === 'Redirect' && /^(?:&?>>?|>\||<>|>&)$/.test(each.operator) && each.target
      ? [each.target.value]
      : [],
  )
}

/** Texts that a command reads from here-documents and here-strings. */
export function documentsOf(redirections: readonly Redirection[]): readonly string[] {
  return redirections.flatMap((each) => {
    if (each.type === 'HereDoc') return [each.body.text]
    return each.type === 'HereString' && each.target ? [each.target.value] : []
  })
}

/** The text after `-c` of a shell or of `su`, and the arguments of that text. */
export function shellText(
  words: readonly string[],
): { text: string; args: readonly string[] } | null {
  const name = programName(words[0] ?? '')
  if (!SHELL_NAME.test(name) && name !== 'su' && name !== 'runuser' && name !== 'script')
    return null
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word) || word === '--command')
  const joined = words.find((word) => word.startsWith('--command='))
  if (joined !== undefined) return { text: joined.slice('--command='.length), args: [] }
  const text = words[at + 1]
  return at === -1 || text === undefined ? null : { text, args: words.slice(at + 2) }
}

/** The paths in front of find's tests; the current directory without one. */
export function searchedPaths(words: readonly string[]): readonly string[] {
  let at = 1
  while (/^-(?:[HLP]|D|O\d?)$/.test(words[at] ?? '')) at += words[at] === '-D' ? 2 : 1
  const end = words.findIndex((word, index) => index >= at && /^[-(!]/.test(word))
  const roots = words.slice(at, end === -1 ? undefined : end)
  return roots.length > 0 ? roots : ['.']
}

/** The commands after `-exec` and its like, with the directories that find searches for `{}`. */
export function findCommands(words: readonly string[]): readonly (readonly string[])[] {
  const roots = searchedPaths(words)
  return words.flatMap((word, at) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(word)) return []
    const rest = words.slice(at + 1)
    const end = rest.findIndex((each) => each === ';' || each === '+')
    const command = end === -1 ? rest : rest.slice(0, end)
    return [command.flatMap((each) => (each === '{}' ? roots : [each]))]
  })
}

/** The program that the first line of a script names; `sh` without one. */
export function interpreterOf(content: string): string {
  const [, interpreter = 'sh'] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(content) ?? []
  return programName(interpreter)
}
