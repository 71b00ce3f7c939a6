import { unescapeGo } from './entries'
import type { Entry } from '../../../../foundation/core/entry'
import type { FileUnit, UnitMaker } from '../../core/steps'
import {
  fileUnit,
  isPlain,
  isRecent,
  SYSTEM,
  Trees,
  treeUnit,
  unlink,
  unpackedUnit,
  type Tree,
} from '../../core/tree'

/** An unpacked module; its files and directories are read-only. */
const SOURCE = /^mod\/(?!cache\/)([^@]+@[^@/]+)$/
/** The downloads of a module. The lock is not removed: another process may be waiting for it. */
const DOWNLOAD = /^mod\/cache\/download\/(.+)\/@v\/([^/]+)\.(?:info|mod|zip|ziphash|partial)$/
const CHECKSUMS = /^mod\/cache\/download\/sumdb\/.+$/
const REPOSITORY = /^mod\/cache\/vcs\/[0-9a-f]{64}$/
const BUILT = new RegExp(`^${SYSTEM}build/[0-9a-f]{2}/([0-9a-f]{64})-[ad]$`)

/**
 * Go: a module is its source directory and its downloads. The source is removed first, as a whole. Go
 * downloads missing parts again. The build cache has a file for each action and each output, or a
 * directory with a program; Go builds missing ones again. Go fails if one disappears between lookup and
 * reading, so a recent one is in use. `now` in milliseconds since the epoch.
 */
export function goUnits(now: number): UnitMaker {
  const sources = new Trees((path) => SOURCE.test(path) && isPlain(path))
  const trees = new Trees((path) => REPOSITORY.test(path) || BUILT.test(path))
  const downloads = new Map<string, Entry[]>()
  const files: FileUnit[] = []
  return {
    add(entry) {
      if (sources.add(entry) || trees.add(entry) || entry.type !== 'file') return
      const [, path = '', version = ''] = DOWNLOAD.exec(entry.path) ?? []
      if (path !== '' && isPlain(entry.path)) {
        const name = `${path}@${version}`
        downloads.set(name, [...(downloads.get(name) ?? []), entry])
      } else if (isPlain(entry.path)) files.push(...smallUnit(entry))
    },
    units() {
      const byName = new Map(sources.all.map((tree) => [SOURCE.exec(tree.top.path)?.[1], tree]))
      const names = new Set([...downloads.keys(), ...byName.keys()])
      const units = [
        ...[...names].flatMap((name) =>
          name === undefined ? [] : [moduleUnit(name, byName.get(name), downloads.get(name) ?? [])],
        ),
        ...trees.all.map((tree) => treeUnit('go', tree, labelOf(tree.top.path))),
        ...files,
      ]
      return units.map((unit) => ({ ...unit, inUse: isRecent(unit.lastUsed, now) }))
    },
  }
}

function labelOf(path: string): string {
  const [, hash] = BUILT.exec(path) ?? []
  return hash === undefined ? 'git repository' : `built ${hash.slice(0, 12)}`
}

function smallUnit(entry: Entry): FileUnit[] {
  if (BUILT.test(entry.path)) return [fileUnit('go', entry, labelOf(entry.path), [[unlink(entry)]])]
  return CHECKSUMS.test(entry.path) ? [fileUnit('go', entry, 'checksums', [[unlink(entry)]])] : []
}

function moduleUnit(name: string, source: Tree | undefined, downloads: readonly Entry[]): FileUnit {
  return unpackedUnit(
    { id: `mod/${name}`, cache: 'go', label: unescapeGo(name) },
    source,
    downloads,
  )
}
