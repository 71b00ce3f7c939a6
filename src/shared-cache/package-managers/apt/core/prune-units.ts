import type { Entry } from '../../../../foundation/core/entry'
import type { FileUnit, UnitMaker } from '../../core/steps'
import { fileUnit, isRecent, nameOf, SYSTEM, unlink } from '../../core/tree'

/** A download, named by its sha256, in the directory of its system. */
const DOWNLOAD = new RegExp(`^${SYSTEM}[0-9a-f]{64}$`)
const TEMPORARY = new RegExp(`^${SYSTEM}\\.part-\\w+$`)

/**
 * apt: one file for each archive and each compressed index. A missing one is downloaded again, also
 * while other steps install: each step has a copy of its own. `now` in milliseconds since the epoch.
 */
export function aptUnits(now: number): UnitMaker {
  const units: FileUnit[] = []
  return {
    add(entry: Entry) {
      if (entry.type !== 'file') return
      if (DOWNLOAD.test(entry.path)) {
        const label = `download ${nameOf(entry.path).slice(0, 12)}`
        units.push(fileUnit('apt', entry, label, [[unlink(entry)]]))
      } else if (TEMPORARY.test(entry.path)) {
        const unit = fileUnit('apt', entry, 'left by a build', [[unlink(entry)]])
        units.push({ ...unit, inUse: isRecent(unit.lastUsed, now) })
      }
    },
    units: () => units,
  }
}
