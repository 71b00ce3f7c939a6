import { type KnownMount, mountLabel } from '../../devices/core/known-cache-mounts'
import { mountKey } from '../../catalogue/core/cache-mounts'
import type { Unit } from '../../prune-plan/core/inventory'

/** A cache mount in shared storage. */
export interface MountReport {
  /** Name of its directory. */
  readonly directory: string
  /** Its id in BuildKit's form; null if no recent build used it. */
  readonly id: string | null
  /** Its paths in build steps. */
  readonly targets: readonly string[]
  /** The text for people. */
  readonly label: string
  /** The app of the last build that used it; null if unknown. */
  readonly app: string | null
  readonly bytes: number
  /** RFC 3339. */
  readonly lastUsed: string | null
}

/** One row for each directory, the largest first. */
export function mountReports(
  units: Iterable<Unit>,
  known: readonly KnownMount[],
): readonly MountReport[] {
  return [...units]
    .sort((one, other) => other.bytes - one.bytes)
    .map(({ id: directory, bytes, lastUsed }) => {
      const own = known.filter((mount) => mountKey(mount) === directory)
      const last = own.at(-1)
      return {
        directory,
        id: last?.id ?? null,
        targets: [...new Set(own.map(({ target }) => target))],
        label: mountLabel(own, directory),
        app: last?.app ?? null,
        bytes,
        lastUsed: lastUsed === null ? null : new Date(lastUsed).toISOString(),
      }
    })
}
