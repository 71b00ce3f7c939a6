import type { Circumstances } from '../../src/shared-cache/package-managers/core/prune-units'
import { looseId } from '../../src/shared-cache/package-managers/core/loose'
import type { FileUnit, UnitMaker } from '../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../src/foundation/core/entry'

export const DAY = 86_400_000
export const NOW = 1000 * DAY

let inodes = 0

/** An entry of a walk, last used 100 days before NOW by default. */
export function entry(path: string, given: Partial<Entry> = {}): Entry {
  inodes += 1
  const inode = given.inode ?? String(inodes)
  return {
    type: 'file',
    bytes: 4096,
    inode,
    links: given.type === 'directory' ? 2 : 1,
    accessed: NOW - 100 * DAY,
    modified: NOW - 200 * DAY,
    identity: `${inode}:1`,
    target: '',
    path,
    ...given,
  }
}

export function directory(path: string, given: Partial<Entry> = {}): Entry {
  return entry(path, { type: 'directory', ...given })
}

/** All units of some entries, loose ones first. */
export function collectUnits(
  makeMaker: (loose: Circumstances['loose']) => UnitMaker,
  entries: readonly Entry[],
): readonly FileUnit[] {
  const loose: FileUnit[] = []
  const maker = makeMaker((unit) => {
    const { noun, bytes, lastUsed, inUse, phases } = unit
    const id = looseId(unit)
    loose.push({ id, cache: '', label: noun, bytes, lastUsed, inUse, needs: [], phases })
  })
  for (const each of entries) maker.add(each)
  const solid = maker.units()
  return [...loose, ...solid]
}
