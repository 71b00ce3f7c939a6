import { CATALOGUE } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { isInside, relationTo } from './cache-locations'
import { copiedPath } from './copied-paths'
import { isOffline, judge } from './judge'
import type { Dockerfile } from './parse'
import { namedPaths, pathsOf } from './file-effects'
import { unknownChange } from './harm'
import { archiveUse, isInterpreter } from './operands'
import { type Call, mayCall, type StepCalls } from '../../shell/core/call'
import { callsIn } from './step-calls'
import { possibleWords, withFileValues } from '../../shell/core/values'
import { programName } from '../../shell/core/wrappers'
import type { RunStep, Stages } from './stages'
import { assignments, expand } from './variables'
import { toolOf } from './tools'
import type { BuildTool } from './build-tool'

/** The command of the image that calls a tool which needs its downloads. */
function commandOf(cache: CacheSpec, { instructions }: Dockerfile): string | undefined {
  const row = toolOf(cache.name)
  const place = { shell: true, workdir: null, variables: new Map() }
  return instructions
    .filter(({ keyword }) => row.isNeededLater && ['CMD', 'ENTRYPOINT'].includes(keyword))
    .flatMap((command) => callsIn(command, place).calls)
    .find((call) => !call.uncertain && judge(row, call.words) === 'uses')
    ?.words.join(' ')
}

/** Names of variables that are about caches, which may name one without using it for other files. */
const ABOUT_CACHES = /CACHE|STORE/i

/** A variable that puts something other than the cache into its directory. */
function variableInside(
  cache: CacheSpec,
  row: BuildTool,
  { instructions }: Dockerfile,
  { variablesAt }: Stages,
): string | undefined {
  const own = [cache.location, ...cache.helpers].map(({ name }) => name)
  const set = instructions
    .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG')
    .flatMap((instruction) =>
      assignments(instruction.args).map(([name, value = '']) => {
        const known = expand(value, variablesAt.get(instruction) ?? new Map())
        return [name, known ?? value] as const
      }),
    )
    .filter(([name]) => ![...own, ...row.locationNames].includes(name))
  const [name] =
    set.find(([name, value]) =>
      value.split(':').some((path) => {
        if (!/^[/~$]/.test(path)) return false
        const how = relationTo(cache, row, path, new Map())
        return how === 'below' || (how === 'same' && !ABOUT_CACHES.test(name))
      }),
    ) ?? []
  return name
}

/** Commands that succeed where a path does not exist. */
function isIndifferent({ words }: Call): boolean {
  const program = programName(words[0] ?? '')
  const options = words.filter((word) => /^-[a-zA-Z]*f/.test(word) || word === '--force')
  return (program === 'rm' && options.length > 0) || /^(?:mkdir|echo|printf|:)$/.test(program)
}

/** The words of a later step that needs the files of a cache in the image. */
function needOf(
  cache: CacheSpec,
  row: BuildTool,
  step: RunStep,
  { calls, assigned }: StepCalls,
): string | undefined {
  const names = (call: Call) => {
    const variables = new Map([...step.variables, ...Object.entries(call.env)])
    const archive = archiveUse(programName(call.words[0] ?? ''), call.words.slice(1))
    return [...call.words.slice(1), ...call.writes, ...(archive?.taken ?? [])].some(
      (word) =>
        !word.startsWith('-') &&
        pathsOf(word, call, assigned).some(
          (path) =>
            isInside(cache, row, path, variables) ||
            // A directory above it, such as ~/.cache, may exist for the cache alone.
            (/(?:^|\/)\.[^/]+$/.test(path) &&
              relationTo(cache, row, path, variables) === 'above' &&
              !cache.followsImage),
        ),
    )
  }
  const certain = calls.filter(({ uncertain }) => !uncertain)
  const inCode = (call: Call) =>
    isInterpreter(call.words[0] ?? '') &&
    namedPaths(call).some((path) => isInside(cache, row, path, step.variables))
  const naming = certain.find(
    (call) =>
      !isIndifferent(call) && judge(row, call.words) === null && (names(call) || inCode(call)),
  )
  if (naming) return naming.words.join(' ')
  const unknown = unknownChange(
    cache,
    row,
    { calls: certain, assigned, unclear: null },
    step.variables,
  )
  if (unknown && unknown.effect !== 'removes') return unknown.call.words.join(' ')
  const hasNoNetwork = step.instruction.flags.some(
    ({ name, value }) => name === 'network' && value === 'none',
  )
  const given = withFileValues(assigned, step.variables)
  const value = (call: Call) => (name: string) => call.env[name] ?? step.variables.get(name)
  const offline = certain.find(
    (call) =>
      [...call.words, ...call.documents].some((text) => row.offline.settings.test(text)) ||
      row.offline.settings.test(call.words.slice(1).join(' ')) ||
      isOffline(row, possibleWords(call.words, given), value(call)) ||
      (hasNoNetwork && judge(row, call.words) === 'uses'),
  )
  if (offline) return offline.words.join(' ')
  return hasNoNetwork && row.isNeededLater && mayCall(certain, row.programs)
    ? '--network=none'
    : undefined
}

/** Caches whose files have to be in the image, with the words that need them. */
export function neededCaches(
  file: Dockerfile,
  stages: Stages,
  calls: readonly StepCalls[],
): ReadonlyMap<string, string> {
  const needed = new Map<string, string>()
  const { steps } = stages
  for (const cache of CATALOGUE) {
    const row = toolOf(cache.name)
    const uses = steps.map(
      (_, at) =>
        calls[at]?.calls.some((call) => !call.uncertain && judge(row, call.words) === 'uses') ===
        true,
    )
    if (!uses.includes(true)) continue
    const later = steps.flatMap((step, at) => {
      const follows = steps
        .slice(0, at)
        .some(({ stage }, earlier) => uses[earlier] && step.lineage.includes(stage))
      const own = calls[at]
      return follows && own ? [needOf(cache, row, step, own)] : []
    })
    const why =
      copiedPath(cache, file, stages) ??
      commandOf(cache, file) ??
      later.find((words) => words !== undefined) ??
      variableInside(cache, row, file, stages)
    if (why !== undefined) needed.set(cache.name, why)
  }
  return needed
}
