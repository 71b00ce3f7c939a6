import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { LooseUnit } from '../../core/loose'
import type { FileUnit, UnitMaker } from '../../core/steps'
import { fileUnit, isPlain, isRecent, Trees, treeUnit, unlink } from '../../core/tree'

const HEX = '[0-9a-f]'
const SPREAD = `(${HEX}{2})/(${HEX}{2})/(${HEX}+)$`
const CONTENT = new RegExp(`^(_cacache/content-v2/[a-z0-9]+)/${SPREAD}`)
const BUCKET = new RegExp(`^(_cacache/index-v5)/${SPREAD}`)
const TEMPORARY = /^_cacache\/tmp\/[^/]+$/

/**
 * npm: `_cacache` alone is the cache. A blob of content that is missing is fetched again, and so is
 * what a bucket of the index knew. Blobs go first: a bucket without its blob heals, a blob without
 * its bucket would lie there unused. Directories stay, for npm makes a file in one right after it
 * made sure that the directory is there. `now` in milliseconds since the epoch.
 */
export function npmUnits(now: number, loose: (unit: LooseUnit) => void): UnitMaker {
  const units: FileUnit[] = []
  const temporary = new Trees((path) => TEMPORARY.test(path) && isPlain(path))
  return {
    add(entry: Entry) {
      if (temporary.add(entry) || entry.type !== 'file') return
      const content = CONTENT.exec(entry.path)
      const found = content ?? BUCKET.exec(entry.path)
      if (found) {
        const phases = content ? [[unlink(entry)]] : [[], [unlink(entry)]]
        loose({ ...hashed(found), ...sizeOf(entry), noun: content ? 'content' : 'index', phases })
      } else if (TEMPORARY.test(entry.path) && isPlain(entry.path)) {
        const unit = fileUnit('npm', entry, 'left by an install', [[unlink(entry)]])
        units.push({ ...unit, inUse: isRecent(unit.lastUsed, now) })
      }
    },
    units: () => [
      ...units,
      ...temporary.all.map((tree) => {
        // One that is still empty has no file to tell its age.
        const recent = isRecent(Math.max(tree.lastUsed ?? 0, tree.top.modified), now)
        return treeUnit('npm', tree, 'left by an install', { inUse: recent })
      }),
    ],
  }
}

function hashed([, group = '', a = '', b = '', rest = '']: readonly string[]) {
  return { group, hash: a + b + rest }
}

function sizeOf(entry: Entry) {
  return { bytes: entry.bytes, lastUsed: lastUse(entry), inUse: false, isSpread: true }
}
