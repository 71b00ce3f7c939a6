/**
 * Which files of a tool in an image can be copied to the shared cache, and in which units. A unit is
 * copied completely, under a name that does not exist yet, or not at all. Other files do not belong to
 * the cache.
 */

/** One kind of unit of a cache. */
interface UnitRule {
  /** Matches the path of the unit, also at the start of paths in it. */
  readonly top: RegExp
  readonly kind: 'file' | 'directory'
  /** A file that every complete directory has. */
  readonly mark?: string
}

interface CopyRules {
  readonly units: readonly UnitRule[]
  /** Files of the tool that can be left out. */
  readonly skip: RegExp
  /** Whether apps need these files at run time: then all of them must be copied. */
  readonly needed: boolean
}

const RULES: Readonly<Record<string, CopyRules>> = {
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

/** What a path in an image is for a cache. */
export type Part =
  | { readonly is: 'unit'; readonly unit: string; readonly rule: UnitRule }
  /** A parent directory of units, or something that can be left out. */
  | { readonly is: 'nothing' }
  /** Not part of a cache: a mount would hide it. */
  | { readonly is: 'foreign' }

/** Whether files of a cache can be copied from images. */
export function canCopyIn(cache: string): boolean {
  return Object.hasOwn(RULES, cache)
}

/** Whether apps need the files of a cache at run time. */
export function isNeeded(cache: string): boolean {
  return RULES[cache]?.needed ?? false
}

/** What a path in a cache's directory is for the cache. */
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

/** Whether the target of a symbolic link is in its unit. Both paths are relative to the unit. */
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
 * Units in the order in which they are moved: targets of references first. For example, pip reads the
 * body of a response after it has found its header.
 */
export function inOrder<Unit extends { readonly path: string }>(units: readonly Unit[]): Unit[] {
  const isBody = ({ path }: Unit) => path.endsWith('.body') || path.startsWith('_cacache/content')
  return [...units.filter(isBody), ...units.filter((unit) => !isBody(unit))]
}
