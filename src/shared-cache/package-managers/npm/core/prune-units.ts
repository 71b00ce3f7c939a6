import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { LooseUnit } from '../../core/loose'
import type { FileUnit, UnitMaker } from '../../core/steps'
import {
  fileUnit,
  isPlain,
  isRecent,
  nameOf,
  Trees,
  treeUnit,
  unlink,
  type Tree,
} from '../../core/tree'
import { npxDirectory, OTHER_SYSTEM } from './npx'

const HEX = '[0-9a-f]'
const SPREAD = `(${HEX}{2})/(${HEX}{2})/(${HEX}+)$`
const CONTENT = new RegExp(`^(${OTHER_SYSTEM}_cacache/content-v2/[a-z0-9]+)/${SPREAD}`)
const BUCKET = new RegExp(`^(${OTHER_SYSTEM}_cacache/index-v5)/${SPREAD}`)

/** Files that npm and packages write beside `_cacache`: `_logs/TIME-debug-0.log`, `_prebuilds/NAME`. */
const BESIDE = new RegExp(`^${OTHER_SYSTEM}_(?!cacache/)[a-z0-9-]+/[^/]+$`)
const MARK = new RegExp(`^${OTHER_SYSTEM}(?:_|anonymous-)[a-z0-9-]+(?:\\.json)?$`)
const TEMPORARY = new RegExp(`^${OTHER_SYSTEM}_cacache/tmp/[^/]+$`)
const PROGRAM = /\/node_modules\/\.bin\/([^/]+)$/

/**
 * npm downloads missing content again, and missing index entries too. Content is removed first: npm
 * repairs an index entry without its content, but content without an index entry would stay unused.
 * Directories of the index stay, because npm writes a file right after it made sure that the directory
 * exists. What npx installed goes as a whole; `running` are the directories of `_npx` that processes run
 * from. `now` in milliseconds since the epoch.
 */
export function npmUnits(
  now: number,
  loose: (unit: LooseUnit) => void,
  running: () => ReadonlySet<string> = () => new Set(),
): UnitMaker {
  const units: FileUnit[] = []
  const temporary = new Trees((path) => TEMPORARY.test(path) && isPlain(path))
  const beside = new Trees((path) => BESIDE.test(path) && isPlain(path))
  const programs = new Map<Tree, string[]>()
  return {
    add(entry: Entry) {
      if (temporary.add(entry)) return
      const tree = beside.add(entry)
      if (tree) {
        const [, program] = PROGRAM.exec(entry.path) ?? []
        if (program) programs.set(tree, [...(programs.get(tree) ?? []), program])
        return
      }
      if (entry.type !== 'file') return
      const content = CONTENT.exec(entry.path)
      const found = content ?? BUCKET.exec(entry.path)
      if (found) {
        const phases = content ? [[unlink(entry)]] : [[], [unlink(entry)]]
        loose({ ...hashed(found), ...sizeOf(entry), noun: content ? 'content' : 'index', phases })
      } else if (
        isPlain(entry.path) &&
        [TEMPORARY, BESIDE, MARK].some((one) => one.test(entry.path))
      ) {
        const noun = TEMPORARY.test(entry.path) ? 'temporary file' : nameOf(entry.path)
        const unit = fileUnit('npm', entry, noun, [[unlink(entry)]])
        units.push({ ...unit, inUse: isRecent(unit.lastUsed, now) })
      }
    },
    units() {
      const inUse = beside.all.length > 0 ? running() : new Set()
      return [
        ...units,
        ...temporary.all.map((tree) => wholeUnit(tree, 'temporary file', now, false)),
        ...beside.all.map((tree) => {
          const npx = npxDirectory(tree.top.path)
          const installed = programs.get(tree) ?? [npx ?? '']
          const label = npx ? `npx ${installed.join(' ')}` : nameOf(tree.top.path)
          return wholeUnit(tree, label, now, npx !== undefined && inUse.has(npx))
        }),
      ]
    },
  }
}

/** A directory that goes as a whole. An empty one has no file that tells its age. */
function wholeUnit(tree: Tree, label: string, now: number, isRunning: boolean): FileUnit {
  const recent = isRecent(Math.max(tree.lastUsed ?? 0, tree.top.modified), now)
  return treeUnit('npm', tree, label, { inUse: recent || isRunning })
}

function hashed([, group = '', a = '', b = '', rest = '']: readonly string[]) {
  return { group, hash: a + b + rest }
}

function sizeOf(entry: Entry) {
  return { bytes: entry.bytes, lastUsed: lastUse(entry), inUse: false, isSpread: true }
}
