import type { CacheSpec } from '../../catalogue/core/cache-spec'
import type { Call, StepCalls } from '../../shell/core/call'
import { possibleWords, withFileValues } from '../../shell/core/values'
import { programName } from '../../shell/core/wrappers'
import { isHomeOf, isInside } from './cache-locations'
import { damageBy, type FileEffect, openEffect, pathsIn, pathsOf } from './file-effects'
import { codeEmpties, isEmptiedBy, judge, linksTo } from './judge'
import { isInterpreter } from './operands'
import type { Variables } from './variables'
import type { BuildTool } from './build-tool'

/** What a step does to a cache that it must not have, or why the image needs the files. */
export interface Harm {
  readonly why: 'empties' | 'changes' | 'needed'
  /** The words or the path that cause it. */
  readonly what: string
}

const WHY = { takes: 'needed', removes: 'empties', changes: 'changes' } as const

/** Scripts of images that clean up after an installation: they empty every cache that they find. */
const CLEANING_SCRIPT = /(?:^|\/)[^/]*clean[^/]*\.sh$|\/[^/]*clean[^/]*$/i

/** Questions for the directory of a cache. */
const ASKS = /^(?:cache dir|config get cache|store path|env (?:GOMODCACHE|GOCACHE))\b/

/** Calls in other languages that remove, move or copy files. */
const CODE_CHANGES =
  /rmtree|rmSync|rm_rf?\b|remove_?tree|remove_dir|removedirs|rmdir|unlink|emptyDir|rimraf|os\.remove|shutil\.|FileUtils|renameSync|cpSync|copytree/

/** Whether a call asks where the cache or its tool is. */
function asksFor(cache: CacheSpec, row: BuildTool, { words }: Call): boolean {
  const [program = '', ...args] = words
  if (row.programs.test(programName(program))) return ASKS.test(args.join(' '))
  const looks = /^(?:which|type|whereis)$/.test(program)
  return looks && cache.followsImage && args.some((arg) => row.programs.test(arg))
}

/** Whether the words of a call name the cache: its directory, or the variable of that. */
function mentions(
  cache: CacheSpec,
  row: BuildTool,
  call: Call,
  assigned: StepCalls['assigned'],
  variables: Variables,
): boolean {
  const names = [cache.location, ...cache.helpers.filter(({ value }) => value.startsWith('{'))]
    .map(({ name }) => name)
    .concat(row.locationNames)
  const texts = [...call.words, ...call.writes, ...call.documents]
  const isCache = (path: string) =>
    isInside(cache, row, path, variables) || isHomeOf(cache, row, path, variables)
  return (
    asksFor(cache, row, call) ||
    texts.some((text) =>
      names.some((name) => new RegExp(`(?<![\\w$])(?<!\\$\\{)${name}(?![\\w=])`).test(text)),
    ) ||
    [...texts, ...pathsIn(texts)].some((text) => pathsOf(text, call, assigned).some(isCache))
  )
}

/** Whether a text of another language, or a call of an unknown place, may change any files. */
function changesUnknown(
  call: Call,
  assigned: StepCalls['assigned'],
  variables: Variables,
): FileEffect | null {
  const [program = '', ...args] = call.words
  const code =
    isInterpreter(program) && [...args, ...call.documents].some((t) => CODE_CHANGES.test(t))
  return code ? 'changes' : openEffect(call, assigned, variables)
}

/**
 * The call of a step that changes files which the analysis cannot name, where the step names the cache
 * elsewhere: in a variable, an array, a text for another program. Null for none.
 */
export function unknownChange(
  cache: CacheSpec,
  row: BuildTool,
  { calls, assigned }: StepCalls,
  variables: Variables,
): { readonly call: Call; readonly effect: FileEffect } | null {
  const [first] = calls.flatMap((call) => {
    const effect = changesUnknown(call, assigned, variables)
    return effect === null ? [] : [{ call, effect }]
  })
  if (!first) return null
  const named: readonly string[] = first.call.words.join(' ').match(/(?<=\$\{?)\w+/g) ?? []
  const values = [...withFileValues(assigned, variables)]
    .filter(([name]) => assigned.has(name) || named.includes(name))
    .flatMap(([name, given]) => (name === cache.location.name ? [] : given))
  const last: Call = { ...first.call, words: values, writes: [], documents: [] }
  const isNamed = [...calls, last].some((each) => mentions(cache, row, each, assigned, variables))
  return isNamed ? first : null
}

/** What one call does to a cache, as far as its own words show it. */
function harmBy(
  cache: CacheSpec,
  row: BuildTool,
  call: Call,
  assigned: StepCalls['assigned'],
  variables: Variables,
): Harm | null {
  const { words } = call
  const [program = '', ...args] = words
  // `$TOOL cache clean` may be the one of any tool.
  const own = program.startsWith('$') ? [cache.name, ...args] : words
  const given = withFileValues(assigned, variables)
  const possible = [own[0] ?? '', ...possibleWords(own.slice(1), given)]
  const empties =
    judge(row, own) === 'empties' ||
    judge(row, possible) === 'empties' ||
    isEmptiedBy(row, words) ||
    (isInterpreter(program) && [...args, ...call.documents].some((text) => codeEmpties(row, text)))
  if (empties) return { why: 'empties', what: words.join(' ') }
  if (CLEANING_SCRIPT.test(program)) return { why: 'empties', what: program }
  if (linksTo(row, words, (name) => call.env[name])) return { why: 'needed', what: words.join(' ') }
  const damage = damageBy(cache, row, call, assigned, variables)
  return damage && { why: WHY[damage.effect], what: damage.what }
}

/** Why a step with these calls must not have a cache; null for a step that may. */
export function harmTo(
  cache: CacheSpec,
  row: BuildTool,
  step: StepCalls,
  variables: Variables,
): Harm | null {
  for (const call of step.calls) {
    const harm = harmBy(cache, row, call, step.assigned, variables)
    if (harm) return harm
  }
  const unknown = unknownChange(cache, row, step, variables)
  return unknown && { why: WHY[unknown.effect], what: unknown.call.words.join(' ') }
}
