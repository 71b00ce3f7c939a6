import type { Entry } from '../../../../foundation/core/entry'
import type { FileUnit, UnitMaker } from '../../core/steps'
import { fileUnit, isRecent, unlink } from '../../core/tree'

/** An entry, in the directory of the user who built it. */
const ENTRY = /^\d+\/[0-9a-f]\/[0-9a-f]\/([0-9a-f]{64})$/
const TEMPORARY = /^\d+\/\.sccachetmp[\w-]+$/

/**
 * sccache: one file for each compiled crate, named by the digest of its inputs. sccache compiles a
 * missing one again, and updates the time of the last use. `now` in milliseconds since the epoch.
 */
export function sccacheUnits(now: number): UnitMaker {
  const units: FileUnit[] = []
  return {
    add(entry: Entry) {
      if (entry.type !== 'file') return
      const [, hash] = ENTRY.exec(entry.path) ?? []
      if (hash !== undefined) {
        units.push(fileUnit('sccache', entry, `crate ${hash.slice(0, 12)}`, [[unlink(entry)]]))
      } else if (TEMPORARY.test(entry.path)) {
        const unit = fileUnit('sccache', entry, 'left by a build', [[unlink(entry)]])
        units.push({ ...unit, inUse: isRecent(unit.lastUsed, now) })
      }
    },
    units: () => units,
  }
}
