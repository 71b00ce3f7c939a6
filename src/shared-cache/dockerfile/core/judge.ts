import { programName } from '../../shell/core/wrappers'
import { toolOf } from './tools'
import type { BuildTool } from './build-tool'

/** What one call of a program means for a cache. */
export type CacheEffect = 'uses' | 'empties' | 'bypasses' | 'elsewhere'

interface Runner {
  /** The program and its first words. */
  readonly head: RegExp
  /** Its options that take the next word. */
  readonly valued: RegExp
  /** Whether the words after the program may also be the runner's own: `yarn add` runs no program. */
  readonly shares?: true
}

const NONE = /^(?!)/

/** Programs that run the program which a later word names. */
const RUNNERS: readonly Runner[] = [
  { head: /^npx$/, valued: toolOf('npm').valued },
  { head: /^(?:pnpx|bunx)$/, valued: toolOf('pnpm').valued },
  { head: /^uvx$/, valued: toolOf('uv').valued },
  { head: /^uv (?:tool )?run$/, valued: toolOf('uv').valued },
  { head: /^(?:poetry|pipenv|pdm|hatch|rye) run$/, valued: NONE },
  {
    head: /^(?:npm|pnpm|yarn|bun) (?:exec|x|dlx|run|run-script)$/,
    valued: toolOf('npm').valued,
    shares: true,
  },
  { head: /^(?:yarn|pnpm|bun|corepack)$/, valued: NONE, shares: true },
  { head: /^pipx run$/, valued: /^--(?:spec|python|pip-args|index-url)$/ },
  { head: /^php$/, valued: /^-[dcz]$/ },
  { head: /^node(?:js)?$/, valued: /^(?:-[rC]|--(?:require|import|loader|conditions|env-file))$/ },
]
const PYTHON = /^(?:python|pypy)[0-9.]*$|^py$/

/** Where the program is that a runner runs, and the last of the runner's own words; null for others. */
function innerAt(call: readonly string[]): { at: number; own: number } | null {
  const first = programName(call[0] ?? '')
  if (PYTHON.test(first)) {
    const at = moduleAt(call)
    return at === 0 ? null : { at, own: at }
  }
  for (const count of [3, 2, 1]) {
    const head = [first, ...call.slice(1, count)].join(' ')
    const runner = RUNNERS.find((each) => each.head.test(head))
    if (call.length < count || !runner) continue
    let at = count
    while (call[at]?.startsWith('-')) at += runner.valued.test(call[at] ?? '') ? 2 : 1
    return { at, own: runner.shares ? call.length : at + 1 }
  }
  return null
}

/** `-mpip` */
const JOINED_MODULE = /^-[bBdEIOqsSuvx]*m(?=\w)/

/** Where the module of `python -I -m NAME` is; 0 for a call without one. */
function moduleAt(call: readonly string[]): number {
  for (let at = 1; call[at]?.startsWith('-'); at++) {
    if (/^-[A-Za-z]*m$/.test(call[at] ?? '')) return at + 1
    if (JOINED_MODULE.test(call[at] ?? '')) return at
    if (/^-[WX]$/.test(call[at] ?? '')) at++
  }
  return 0
}

/**
 * A call and the calls inside it: `npx playwright install` is npx and playwright. What follows the inner
 * program belongs to it alone.
 */
function layers(call: readonly string[]): readonly (readonly string[])[] {
  const known = LAYERS.get(call)
  if (known) return known
  const inner = innerAt(call)
  const found =
    !inner || inner.at >= call.length
      ? [call]
      : [call.slice(0, inner.own), ...layers(call.slice(inner.at))]
  LAYERS.set(call, found)
  return found
}

/** Each call is judged for each cache. */
const LAYERS = new WeakMap<readonly string[], readonly (readonly string[])[]>()

/** Whether words occur in this order, with anything between them; `^word` has to be the first. */
function isSequence(sequence: readonly string[], words: readonly string[]): boolean {
  const [first = ''] = sequence
  if (first.startsWith('^')) return words.find((word) => !word.startsWith('-')) === first.slice(1)
  let at = 0
  for (const word of words) if (word === sequence[at]) at++
  return at === sequence.length
}

/** Programs that download what they run. */
const RUNS_DOWNLOADS = /^(?:np|pnp|bun|uv)x$/

function effectOf(row: BuildTool, program: string, args: readonly string[]): CacheEffect | null {
  // cargo-cache is cargo cache.
  const [, sub] = /^cargo-(.+)$/.exec(program) ?? []
  const all = sub === undefined ? args : [sub, ...args]
  if (row.empties.some((sequence) => isSequence(sequence, all))) return 'empties'
  const verb = args.find((arg) => row.verbs.uses.includes(arg) || row.verbs.others.includes(arg))
  const asks = args.some((arg) => /^(?:--version|-V|-v|--help|-h)$/.test(arg)) && args.length === 1
  const named = args.some((arg) => !arg.startsWith('-'))
  const runs =
    (RUNS_DOWNLOADS.test(program) && named) ||
    (program === 'pipx' && verb === 'run') ||
    (row.always.test(program) && !asks)
  const plain = verb === undefined ? row.otherwise && !asks : row.verbs.uses.includes(verb)
  if (!runs && !plain) return null
  if (row.ownCache.test(program) || args.some((arg) => row.elsewhere.test(arg))) return 'elsewhere'
  return args.some((arg) => row.bypass.test(arg)) ? 'bypasses' : 'uses'
}

/** The layers of a call that are a tool's programs, without their names and what follows `--`. */
function ownArgs(
  row: BuildTool,
  words: readonly string[],
): readonly { program: string; args: readonly string[] }[] {
  return layers(words).flatMap((layer) => {
    // npx npm@10, python -mpip
    const program = programName(layer[0] ?? '')
      .replace(/(?<=\w)@.*$/, '')
      .replace(JOINED_MODULE, '')
    if (!row.programs.test(program)) return []
    const end = layer.indexOf('--')
    return [{ program, args: layer.slice(1, end === -1 ? undefined : end) }]
  })
}

/** What a call means for the cache of a tool; null for nothing. */
export function judge(row: BuildTool, words: readonly string[]): CacheEffect | null {
  const effects = ownArgs(row, words).map(({ program, args }) => effectOf(row, program, args))
  return effects.includes('empties') ? 'empties' : (effects.find((each) => each !== null) ?? null)
}

/** Whether a text of another language calls a tool to empty its cache. */
export function codeEmpties(row: BuildTool, text: string): boolean {
  const words = text.match(/[\w.-]+/g) ?? []
  return words.some(
    (word, at) =>
      row.programs.test(word.replace(/\..*$/, '')) &&
      row.empties.some((sequence) => isSequence(sequence, words.slice(at + 1))),
  )
}

/** The words of a tool that empty or remove its cache although its name is not in front of them. */
export function isEmptiedBy(row: BuildTool, words: readonly string[]): boolean {
  const call = [programName(words[0] ?? ''), ...words.slice(1)]
  return row.emptiedBy.some((sequence) => call[0] === sequence[0] && isSequence(sequence, call))
}

/** Whether what a call installs needs the files of the cache, by a link to them. */
export function linksTo(
  row: BuildTool,
  words: readonly string[],
  value: (name: string) => string | null | undefined,
): boolean {
  const { options, variables } = row.links
  const told = ownArgs(row, words).some(({ args }) => options.test(args.join(' ')))
  return told || Object.entries(variables).some(([name, set]) => set.test(value(name) ?? ''))
}

/** Whether a call uses what the cache has, and no network. */
export function isOffline(
  row: BuildTool,
  words: readonly string[],
  value: (name: string) => string | null | undefined,
): boolean {
  const own = ownArgs(row, words)
  const told = own.some(({ args }) => args.some((arg) => row.offline.options.test(arg)))
  const set = Object.entries(row.offline.variables).some(([name, pattern]) =>
    pattern.test(value(name) ?? ''),
  )
  return told || (own.length > 0 && set)
}
