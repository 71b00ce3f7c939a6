import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { LooseUnit } from '../../core/loose'
import type { FileUnit, UnitMaker } from '../../core/steps'
import { isRecent, unlink } from '../../core/tree'

const HEX = '[0-9a-f]'
/** `v10/files/ab/HASH`, `v10/files/ab/HASH-exec` for a program. */
const CONTENT = new RegExp(`^(v\\d+/files)/(${HEX}{2})/(${HEX}{126})(-exec)?$`)
/** `v3/files/ab/HASH-index.json` of pnpm 6 to 9, `v10/index/ab/HASH-NAME@VERSION.json` of pnpm 10. */
const INDEX = new RegExp(
  `^(v\\d+/(?:files|index))/(${HEX}{2})/(${HEX}+)-(?:index\\.json|[\\x21-\\x7e]+\\.json)$`,
)

/** The index of pnpm 11, with what SQLite has beside it. */
const DATABASE = /^(v\d+\/index\.db)(-wal|-shm)?$/

/**
 * pnpm: a unit is a file of a package, named by its sha512, or the index of a package. pnpm looks for
 * each file of an index before it uses it, and downloads a package again where one is missing. A file
 * with another name is part of a project on the same disk: removing it would free nothing. One that was
 * used within the last day may belong to a running install. pnpm 11 has one database in place of indexes,
 * which goes as a whole. `now` in milliseconds since the epoch.
 */
export function pnpmUnits(now: number, loose: (unit: LooseUnit) => void): UnitMaker {
  const take = (entry: Entry, name: readonly string[], noun: string, phase: number) => {
    const [, group = '', a = '', rest = '', kind = ''] = name
    const lastUsed = lastUse(entry)
    const inUse = entry.links > 1 || isRecent(lastUsed, now)
    const phases = Array.from({ length: phase + 1 }, (_, index) =>
      index === phase ? [unlink(entry)] : [],
    )
    const own = { group: group + kind, noun, hash: a + rest, phases }
    loose({ ...own, bytes: entry.bytes, lastUsed, inUse, isSpread: false })
  }
  const databases = new Map<string, Entry[]>()
  return {
    add(entry) {
      if (entry.type !== 'file') return
      const [, database] = DATABASE.exec(entry.path) ?? []
      if (database) databases.set(database, [...(databases.get(database) ?? []), entry])
      const content = CONTENT.exec(entry.path)
      if (content) return take(entry, content, 'file', 0)
      const index = INDEX.exec(entry.path)
      if (index) take(entry, index.slice(0, 4), 'index', 1)
    },
    units: () => [...databases].map(([path, entries]) => databaseUnit(path, entries, now)),
  }
}

function databaseUnit(path: string, entries: readonly Entry[], now: number): FileUnit {
  const lastUsed = Math.max(...entries.map(lastUse))
  return {
    ...{ id: path, cache: 'pnpm', label: 'index of pnpm', lastUsed, needs: [] },
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    inUse: isRecent(lastUsed, now),
    phases: [entries.map(unlink)],
  }
}
