import { KnownError } from '../../../foundation/core/errors'
import { parseSize } from '../../../foundation/core/size'

/** The plugin's budgets in bytes; null for no limit. */
export interface GcBudgets {
  readonly maxBytes: number | null
  readonly minFree: number | null
  /** Size of the disk with Docker's data. */
  readonly diskBytes: number
}

/** A rule by which Docker removes records; only the parts that matter for the budgets. */
interface Rule {
  /** Most bytes to keep; null for no such limit. */
  readonly max: number | null
  readonly minFree: number | null
  /** Filters such as `unused-for=48h`. */
  readonly filter: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

/** Parses Docker's `daemon.json`; '' if it is missing. Throws KnownError unless it is a JSON object. */
function parseDaemon(text: string): Json {
  let value: unknown
  try {
    value = JSON.parse(text.trim() || '{}')
  } catch (cause) {
    throw new KnownError("Docker's daemon.json is not valid JSON", { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new KnownError("Docker's daemon.json is not a JSON object")
  }
  return value as Json
}

/** Bytes of a size as Docker reads it, with powers of 1024 for every unit; null if it is not a size. */
function bytesOf(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value === '') return null
  try {
    return parseSize(value.replace(/^([\d.]+\s*[kmgt])i?b?$/i, '$1iB'))
  } catch (error) {
    if (error instanceof KnownError) return null
    throw error
  }
}

function isSince(engine: string, major: number, minor = 0): boolean {
  const [ownMajor = 0, ownMinor = 0] = engine.split('.').map((part) => parseInt(part, 10))
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}

/** Rules in daemon.json. They replace all defaults. */
function writtenRules(policy: readonly unknown[]): readonly Rule[] {
  return policy.map(asObject).map((rule) => ({
    max: bytesOf(rule['maxUsedSpace']) ?? bytesOf(rule['keepStorage']),
    minFree: bytesOf(rule['minFreeSpace']),
    filter: Array.isArray(rule['filter']) ? rule['filter'].map(String) : [],
  }))
}

/**
 * The defaults: from Engine 28 Docker keeps a fifth of its disk free and uses at most four fifths (seen
 * in `docker buildx inspect` of 28.5). Defaults of older versions are not considered.
 */
function defaultRules(gc: Json, engine: string, disk: number): readonly Rule[] {
  const share = (percent: number) => Math.round((disk * percent) / 100)
  if (!isSince(engine, 28)) {
    const max = bytesOf(gc['defaultKeepStorage'])
    return max === null ? [] : [{ max, minFree: null, filter: [] }]
  }
  const max = bytesOf(gc['defaultMaxUsedSpace']) ?? share(80)
  const minFree = bytesOf(gc['defaultMinFreeSpace']) ?? share(20)
  return [{ max, minFree, filter: [] }]
}

const GB = 1e9
const size = (bytes: number) => `${(bytes / GB).toFixed(1)} GB`

function conflictsOf(rule: Rule, { maxBytes, minFree }: GcBudgets): readonly string[] {
  const types = rule.filter.filter((filter) => /^type=/.test(filter))
  const idle = rule.filter.find((filter) => filter.startsWith('unused-for='))
  return [
    ...(rule.filter.some((filter) => filter.startsWith('type!='))
      ? ['a rule in daemon.json uses type!=, which Docker applies to all types']
      : []),
    ...(types.length > 1
      ? ['a rule in daemon.json names two types, with which Docker does not start']
      : []),
    // A rule for unused records does not limit the others.
    ...(!idle && rule.max !== null && maxBytes !== null && rule.max < maxBytes
      ? [`it keeps at most ${size(rule.max)}, the budget is ${size(maxBytes)}`]
      : []),
    ...(!idle && rule.minFree !== null && minFree !== null && rule.minFree > minFree
      ? [`it keeps ${size(rule.minFree)} of the disk free, the budget is ${size(minFree)}`]
      : []),
    ...(idle ? [`it removes records that were unused for ${idle.replace('unused-for=', '')}`] : []),
  ]
}

/**
 * Docker's own rules for its build cache that remove records which the budgets would keep, one sentence
 * each. `engine` is its version, such as `28.5.2`. Throws KnownError for an invalid `daemon.json`.
 */
export function gcConflicts(daemon: string, engine: string, budgets: GcBudgets): readonly string[] {
  const gc = asObject(asObject(parseDaemon(daemon)['builder'])['gc'])
  if (gc['enabled'] === false) return []
  const policy: unknown = gc['policy']
  if (Array.isArray(policy) && policy.length > 0) {
    return [...new Set(writtenRules(policy).flatMap((rule) => conflictsOf(rule, budgets)))]
  }
  const rules = defaultRules(gc, engine, budgets.diskBytes)
  return [
    ...(isSince(engine, 29, 6) ? ['it removes cache mounts that were unused for 48 hours'] : []),
    ...rules.flatMap((rule) => conflictsOf(rule, budgets)),
  ]
}

/**
 * `daemon.json` with one rule with these limits; everything else in it is kept. Sizes are bytes without
 * a unit: Docker reads `20GB` as powers of 1024. `max` is required, the whole disk for no limit:
 * without it Docker removes everything under the rule. Throws KnownError unless it is a JSON object.
 */
export function withGc(daemon: string, engine: string, max: number, minFree: number): string {
  const config = parseDaemon(daemon)
  const limits = isSince(engine, 28)
    ? { maxUsedSpace: String(max), ...(minFree > 0 ? { minFreeSpace: String(minFree) } : {}) }
    : { keepStorage: String(max) }
  const gc = { enabled: true, policy: [{ all: true, ...limits }] }
  const builder = { ...asObject(config['builder']), gc }
  return `${JSON.stringify({ ...config, builder }, null, 2)}\n`
}
