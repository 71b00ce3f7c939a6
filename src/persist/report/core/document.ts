import { type Figures, type Totals, daysUntilFull, totalsOf } from '../../usage/core/figures'

/** The file system of Dokku's storage. Bytes; inodes are null if their number is not fixed. */
interface DiskReport {
  readonly bytes: number
  readonly freeBytes: number
  readonly inodes: number | null
  readonly freeInodes: number | null
}

/**
 * The document about a host. Every output format is rendered from it; `version` increases when a field
 * changes its meaning. plugin/persist/report.schema.json describes it.
 */
export interface GlobalReport {
  readonly version: 1
  /** RFC 3339. */
  readonly generatedAt: string
  /** Dokku's storage directory. */
  readonly root: string
  readonly disk: DiskReport
  /** Whole days until the disk is full at the growth of all volumes; null if unknown. */
  readonly daysUntilDiskFull: number | null
  /** The share of the disk or of a limit, 0 to 1, from which to warn; null for none. */
  readonly warnAt: number | null
  readonly totals: Totals
  /** The largest first; those that were never measured last. */
  readonly volumes: readonly Figures[]
}

/** Makes the document. */
export function globalReport(
  facts: Pick<GlobalReport, 'generatedAt' | 'root' | 'disk' | 'warnAt'>,
  figures: readonly Figures[],
): GlobalReport {
  const totals = totalsOf(figures)
  const { generatedAt, root, disk, warnAt } = facts
  return {
    ...{ version: 1, generatedAt, root, disk },
    daysUntilDiskFull: daysUntilFull(disk, totals.growthPerDay),
    ...{ warnAt, totals },
    volumes: [...figures].sort((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1)),
  }
}
