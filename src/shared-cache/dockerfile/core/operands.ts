import { programName } from '../../shell/core/wrappers'

const ARCHIVERS = /^(?:tar|bsdtar|zip|7z|7za|cpio)$/

/** What a program for archives does with paths. */
export interface ArchiveUse {
  /** What goes into an archive. */
  readonly taken: readonly string[]
  /** Where it unpacks one. */
  readonly into: readonly string[]
}

/** `-C DIR` and `--directory=DIR` hold for the words behind them. */
function inDirectories(args: readonly string[]): {
  paths: readonly string[]
  directories: readonly string[]
} {
  const paths: string[] = []
  const directories: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    const option = /^(?:--directory|-C)(?:=?(.+))?$/.exec(word)
    if (option) directories.push(option[1] || (args[++at] ?? ''))
    else if (word !== '' && !word.startsWith('-')) {
      const directory = directories.at(-1)
      paths.push(directory === undefined || /^[/~$]/.test(word) ? word : `${directory}/${word}`)
    }
  }
  return { paths, directories }
}

/** What a call of a program for archives does with paths; null for another program. */
export function archiveUse(name: string, args: readonly string[]): ArchiveUse | null {
  if (name === 'unzip') {
    const at = args.indexOf('-d')
    return { taken: [], into: at === -1 ? ['.'] : [args[at + 1] ?? ''] }
  }
  if (!ARCHIVERS.test(name)) return null
  const { paths, directories } = inDirectories(args)
  const [first = ''] = args
  const short = args.filter((arg) => /^-[A-Za-z]+$/.test(arg)).join('')
  // The first word of tar may be options without a dash.
  const letters = /^[A-Za-z]+$/.test(first) && name !== 'zip' ? first + short : short
  const unpacking = name === 'zip' ? /^(?!)/ : name === 'cpio' ? /[it]/ : /[xt]/
  const unpacks =
    unpacking.test(letters) || args.some((arg) => /^--(?:extract|get|list)$/.test(arg))
  if (!unpacks) return { taken: paths, into: [] }
  return { taken: [], into: directories.length > 0 ? directories : ['.'] }
}

/** Programs that run a text of another language. */
export function isInterpreter(word: string): boolean {
  return /^(?:python|pypy|perl|ruby|node|nodejs|php|lua|deno|Rscript|[gm]?awk)[0-9.]*$/.test(
    programName(word),
  )
}
