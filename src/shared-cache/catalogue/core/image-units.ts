/**
 * What of a tool's files in an image can go into the shared cache, and in which pieces: each comes in
 * whole, under a name that is still free, or not at all. Everything else there is not cache.
 */

/** One kind of unit of a cache. */
interface UnitRule {
  /** Matches the unit's own path at the front of whatever is in it. */
  readonly top: RegExp
  readonly kind: 'file' | 'directory'
  /** A file without which the directory was never finished. */
  readonly mark?: string
}

interface IntakeRules {
  readonly units: readonly UnitRule[]
  /** What a tool leaves beside its cache, and nobody misses. */
  readonly skip: RegExp
  /** Whether an app fails without what is there, so that nothing of it may be left behind. */
  readonly needed: boolean
}

const RULES: Readonly<Record<string, IntakeRules>> = {
  pip: {
    units: [
      { top: /^http(?:-v2)?\/(?:[^/]+\/)+[^/]+$/, kind: 'file' },
      { top: /^wheels\/(?:[0-9a-f]{2}\/){3}[^/]+(?=\/|$)/, kind: 'directory' },
    ],
    skip: /^(?:selfcheck(?:\/|$)|selfcheck\.json$|CACHEDIR\.TAG$)/,
    needed: false,
  },
  npm: {
    units: [
      {
        top: /^_cacache\/(?:content-v2\/[a-z0-9]+|index-v5)\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]+$/,
        kind: 'file',
      },
    ],
    skip: /^(?:_logs(?:\/|$)|_cacache\/tmp(?:\/|$)|_cacache\/_lastverified$|_update-notifier-last-checked$)/,
    needed: false,
  },
  playwright: {
    units: [
      {
        top: /^[a-z][a-z0-9._-]*-\d+(?=\/|$)/,
        kind: 'directory',
        mark: 'INSTALLATION_COMPLETE',
      },
    ],
    skip: /^(?:\.links|__dirlock)(?:\/|$)/,
    needed: true,
  },
  cargo: {
    units: [
      { top: /^registry\/cache\/[^/]+\/[^/]+\.crate$/, kind: 'file' },
      { top: /^registry\/src\/[^/]+\/[^/]+(?=\/|$)/, kind: 'directory', mark: '.cargo-ok' },
      { top: /^registry\/index\/[^/]+(?=\/|$)/, kind: 'directory' },
      { top: /^git\/db\/[^/]+(?=\/|$)/, kind: 'directory' },
      { top: /^git\/checkouts\/[^/]+\/[^/]+(?=\/|$)/, kind: 'directory', mark: '.cargo-ok' },
    ],
    skip: /^(?:registry|git)\/CACHEDIR\.TAG$/,
    needed: false,
  },
}

/** What a path in an image is to a cache. */
export type Part =
  | { readonly is: 'unit'; readonly unit: string; readonly rule: UnitRule }
  /** A directory on the way to units, or what nobody misses. */
  | { readonly is: 'nothing' }
  /** Not cache: a mount would hide it. */
  | { readonly is: 'foreign' }

/** Whether what images hold of a cache can be taken in at all. */
export function canCopyIn(cache: string): boolean {
  return Object.hasOwn(RULES, cache)
}

/** Whether an app fails without what its image holds of a cache: nothing may be left behind. */
export function isNeeded(cache: string): boolean {
  return RULES[cache]?.needed ?? false
}

/** What a path below the place of a cache is to it. */
export function partOf(cache: string, path: string, isDirectory: boolean): Part {
  const rules = RULES[cache]
  if (path === '' || rules?.skip.test(path)) return { is: 'nothing' }
  for (const rule of rules?.units ?? []) {
    const [unit] = rule.top.exec(path) ?? []
    if (unit === undefined) continue
    const isTop = unit === path
    if (isTop ? isDirectory === (rule.kind === 'directory') : rule.kind === 'directory') {
      return { is: 'unit', unit, rule }
    }
  }
  return { is: isDirectory ? 'nothing' : 'foreign' }
}

/** Whether a symbolic link in a unit leads to something in it. Both paths are relative to the unit. */
export function leadsInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/')) return false
  const names = path.split('/').slice(0, -1)
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined) return false
  }
  return true
}

/**
 * Units in the order in which they come in: what others point to before what points there. pip looks
 * for a body once it has found the head of an answer.
 */
export function inOrder<Unit extends { readonly path: string }>(units: readonly Unit[]): Unit[] {
  const isBody = ({ path }: Unit) => path.endsWith('.body') || path.startsWith('_cacache/content')
  return [...units.filter(isBody), ...units.filter((unit) => !isBody(unit))]
}
