import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { touches } from './cache-locations'
import type { Dockerfile, Instruction } from './parse'
import type { Stages } from './stages'
import { expand } from './variables'
import { mountsOf } from './step-mounts'
import { toolOf } from './tools'

const WORD = /[\w${}~./@%+:*?-]+/g

/** Paths in a stage or image that is mounted: its source, or what the step names below the target. */
function mountedPaths({ flags, args, heredocs }: Instruction): readonly string[] {
  const texts = [args, ...heredocs.map(({ content }) => content)]
  const words = texts.flatMap((text) => text.match(WORD) ?? [])
  return mountsOf(flags).flatMap(({ type, from, source, target }) => {
    if (from === '' || type === 'cache') return []
    if (!/^\/?$/.test(source)) return [source]
    const root = `${target.replace(/\/+$/, '')}/`
    return words.flatMap((word) => (word.startsWith(root) ? [word.slice(root.length - 1)] : []))
  })
}

/** Paths inside other stages or images that an instruction copies or mounts. */
function pathsFromStages(instruction: Instruction): readonly string[] {
  const { keyword, flags, args } = instruction
  if (keyword === 'RUN') return mountedPaths(instruction)
  if (keyword !== 'COPY' || !flags.some((flag) => flag.name === 'from')) return []
  const words = args.replace(/^\[|\]$/g, '').split(/[\s,]+/)
  return words.map((word) => word.replace(/^"|"$/g, '')).slice(0, -1)
}

/** The path that another instruction copies out of a cache. */
export function copiedPath(
  cache: CacheSpec,
  { instructions }: Dockerfile,
  { steps, variablesAt }: Stages,
): string | undefined {
  const paths = instructions
    .flatMap((instruction) =>
      pathsFromStages(instruction).map(
        (path) => expand(path, variablesAt.get(instruction) ?? new Map()) ?? path,
      ),
    )
    .filter((path) => !/^\/?\.?$/.test(path))
  const all = [new Map(), ...steps.map((step) => step.variables)]
  return paths.find((path) =>
    all.some((variables) => touches(cache, toolOf(cache.name), path, variables)),
  )
}
