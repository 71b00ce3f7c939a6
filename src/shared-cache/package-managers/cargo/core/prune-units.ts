import type { Entry } from '../../../../foundation/core/entry'
import type { FileUnit, UnitMaker } from '../../core/steps'
import {
  isPlain,
  isRecent,
  nameOf,
  Trees,
  treeUnit,
  unpackedUnit,
  type Tree,
} from '../../core/tree'

const SOURCE = /^registry\/src\/([^/]+\/[^/]+)$/
const CRATE = /^registry\/cache\/([^/]+\/[^/]+)\.crate$/
const CHECKOUT = /^git\/checkouts\/([^/]+)\/[^/]+$/
const REPOSITORY = /^git\/db\/([^/]+)$/

/**
 * cargo: a crate is the directory of its source and the `.crate` that it was unpacked from. The source is
 * removed first, as a whole, because cargo assumes that an existing one is complete. A git checkout
 * needs its repository. cargo holds a lock while it builds since 1.75; for older versions a source that
 * may have been read within the last hour is in use. `now` in milliseconds since the epoch.
 */
export function cargoUnits(now: number): UnitMaker {
  const sources = new Trees((path) => SOURCE.test(path) && isPlain(path))
  const git = new Trees((path) => (CHECKOUT.test(path) || REPOSITORY.test(path)) && isPlain(path))
  const crates = new Map<string, Entry>()
  return {
    add(entry) {
      if (sources.add(entry) || git.add(entry) || entry.type !== 'file') return
      const crate = CRATE.exec(entry.path)?.[1]
      if (crate && isPlain(crate)) crates.set(crate, entry)
    },
    units() {
      const byName = new Map(sources.all.map((tree) => [SOURCE.exec(tree.top.path)?.[1], tree]))
      const names = new Set([...crates.keys(), ...byName.keys()])
      const repositories = new Set(git.all.map((tree) => tree.top.path))
      return [
        ...[...names].flatMap((name) =>
          name === undefined ? [] : [crateUnit(name, byName.get(name), crates.get(name), now)],
        ),
        ...git.all.map((tree) => gitUnit(tree, repositories, now)),
      ]
    },
  }
}

function crateUnit(
  name: string,
  source: Tree | undefined,
  crate: Entry | undefined,
  now: number,
): FileUnit {
  const called = { id: `registry/${name}`, cache: 'cargo', label: nameOf(name) }
  const unit = unpackedUnit(called, source, crate ? [crate] : [])
  return { ...unit, inUse: isRecent(source?.lastUsed ?? null, now) }
}

function gitUnit(tree: Tree, repositories: ReadonlySet<string>, now: number): FileUnit {
  const inUse = isRecent(tree.lastUsed, now)
  const repository = CHECKOUT.exec(tree.top.path)?.[1]
  const db = `git/db/${repository ?? ''}`
  const needs = repository && repositories.has(db) ? [db] : []
  const label = tree.top.path.split('/').slice(2).join(' ')
  return treeUnit('cargo', tree, label, { inUse, needs })
}
