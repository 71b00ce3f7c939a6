import { KnownError } from '../../../foundation/core/errors'
import type { Entry } from '../../../foundation/core/entry'
import { OTHER_SYSTEM } from '../../package-managers/npm/core/npx'
import { isPlain, SYSTEM } from '../../package-managers/core/tree'
import type { Check, Task } from '../../package-managers/core/task'

const HEX = '[0-9a-f]'
const MINUTE = 60_000
const HOUR = 3_600_000

/** Which entries of a cache are checked, and how. */
interface Rule {
  readonly path: RegExp
  readonly type: Entry['type']
  readonly check: Check
  /** The rule for another type of entry at the same path, if the tool makes both. */
  readonly or?: Rule
  /** Milliseconds after the last change in which a tool may still be writing it. */
  readonly settles?: number
}

const file = (path: string, check: Check, settles?: number): Rule => ({
  path: new RegExp(`^${path}$`),
  type: 'file',
  check,
  ...(settles === undefined ? {} : { settles }),
})

const directory = (path: string, check: Check, settles?: number): Rule => ({
  ...file(path, check, settles),
  type: 'directory',
})

const PAIR = `${SYSTEM}http(?:-v2)?/(?:${HEX}/){5}${HEX}{56}`
const LEAF = `${SYSTEM}wheels/(?:${HEX}{2}/){3}${HEX}{50}`
/** The unpacked source of a package, in `src`, may have files of any name. */
const BUCKETS = `(?!.*/src/)${SYSTEM}(?:wheels|sdists)-v\\d+`

const BUILT = `${SYSTEM}build/${HEX}{2}/${HEX}{64}`

/** Rules by cache. The first one that matches the path of an entry applies. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  npm: [
    file(`${OTHER_SYSTEM}_cacache/content-v2/[a-z0-9]+/${HEX}{2}/${HEX}{2}/${HEX}+`, 'content'),
    file(`${OTHER_SYSTEM}_cacache/index-v5/${HEX}{2}/${HEX}{2}/${HEX}+`, 'index'),
  ],
  cargo: [
    file('registry/cache/[^/]+/[^/]+\\.crate', 'crate'),
    directory('registry/src/[^/]+/[^/]+', 'unpacked', 10 * MINUTE),
    directory('git/checkouts/[^/]+/[^/]+', 'unpacked', 10 * MINUTE),
    directory('git/db/[^/]+', 'opaque'),
  ],
  pip: [
    file(PAIR, 'head', MINUTE),
    file(`${PAIR}\\.body`, 'body', MINUTE),
    file(`${LEAF}/[^/]+\\.whl`, 'wheel'),
    file(`${LEAF}/origin\\.json`, 'origin'),
  ],
  uv: [
    directory(`${SYSTEM}archive-v\\d+/[^/]+`, 'archive'),
    file(`${BUCKETS}/.+\\.whl`, 'wheel'),
    file(`${BUCKETS}/.+\\.(?:http|msgpack|rev)`, 'answer'),
    file(`${SYSTEM}simple-v\\d+/.+\\.rkyv`, 'answer'),
    { ...file(`${BUCKETS}/.+`, 'link'), type: 'link' },
  ],
  playwright: [
    // An installation downloads several hundred megabytes first.
    directory(`${SYSTEM}[a-z][a-z0-9._-]*-\\d+`, 'revision', 6 * HOUR),
  ],
  go: [
    // Go writes them in place.
    {
      ...file(`${BUILT}-d`, 'output', MINUTE),
      or: directory(`${BUILT}-d`, 'program', 10 * MINUTE),
    },
    file(`${BUILT}-a`, 'action', MINUTE),
    file('mod/cache/download/.+/@v/[^/]+\\.zip', 'module', MINUTE),
    file('mod/cache/download/.+/@v/[^/]+\\.(?:info|mod|ziphash)', 'about', MINUTE),
    directory(`mod/cache/vcs/${HEX}{64}`, 'opaque'),
    // Go unpacks in place.
    directory('mod/(?!cache/)[^@]+@[^@/]+', 'source', 10 * MINUTE),
  ],
  pnpm: [
    file(`v\\d+/files/${HEX}{2}/${HEX}{126}(?:-exec)?`, 'stored', MINUTE),
    file(`v\\d+/(?:files|index)/${HEX}{2}/${HEX}+-.+\\.json`, 'opaque'),
    file('v\\d+/index\\.db', 'opaque'),
  ],
  yarn: [file('cache/[^/]+\\.zip', 'packed', MINUTE), file('metadata/npm/.+\\.json', 'opaque')],
  bun: [directory('(?:@[^/@]+/)?@?[^/@]+@[^/]+', 'opaque'), file(`${HEX}{16}\\.npm`, 'opaque')],
  composer: [
    file('files/.+\\.zip', 'packed', MINUTE),
    file('repo/[^/]+/[^/]+', 'opaque'),
    directory('vcs/[^/]+', 'opaque'),
  ],
  apt: [file(`${SYSTEM}${HEX}{64}`, 'download')],
  sccache: [file(`\\d+/${HEX}/${HEX}/${HEX}{64}`, 'compiled', MINUTE)],
}

/** Names of the caches that can be verified. */
export const VERIFIABLE: readonly string[] = Object.keys(RULES)

/**
 * Returns a function that finds the check for an entry of a cache; undefined for an entry of an unknown
 * kind. `now` in milliseconds since the epoch. Throws KnownError for a cache that cannot be verified.
 */
export function checksOf(cache: string, now: number): (entry: Entry) => Task | undefined {
  const rules = Object.hasOwn(RULES, cache) ? RULES[cache] : undefined
  if (!rules) {
    throw new KnownError(`The cache ${cache} cannot be verified`, {
      hint: `Caches that can be verified: ${VERIFIABLE.join(', ')}.`,
    })
  }
  return ({ path, type, identity, modified }) => {
    const found = rules.find((one) => one.path.test(path))
    const rule = found?.or?.type === type ? found.or : found
    if (!rule || !isPlain(path) || (rule.check === 'link' && type !== 'link')) return undefined
    const young = Math.abs(now - modified) < (rule.settles ?? 0)
    return { check: type === rule.type ? rule.check : 'odd', path, identity, young }
  }
}
