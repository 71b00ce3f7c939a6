import { formatBytes } from '../../foundation/output/units'
import type { AppVolume } from '../volumes/core/volume'
import type { Cleaned } from './host/directory'

/** A volume, and what is deleted in it. */
export interface CleanOutcome {
  readonly volume: AppVolume
  readonly planned: Cleaned
  /** null in a dry run, and where there is nothing to delete. */
  readonly removed: Cleaned | null
}

const amount = ({ files, bytes }: Cleaned) =>
  `${files} file${files === 1 ? '' : 's'}, ${formatBytes(bytes)}`

/** What will be deleted in a volume. */
export function plannedLine({ volume, planned }: CleanOutcome): string {
  const { name, kind } = volume
  const text = planned.files === 0 ? 'nothing to delete' : `${amount(planned)} to delete`
  const open = planned.open > 0 ? `, ${planned.open} stay: a process has them open` : ''
  return `${name} (${kind}): ${text}${open}`
}

/** What was deleted in a volume. */
export function removedLine({ volume }: CleanOutcome, removed: Cleaned): string {
  return `${volume.name}: deleted ${amount(removed)}`
}

/** The document of `--format json`. Bytes; `removed` is null in a dry run. */
export function cleanDocument(
  app: string,
  before: number,
  dryRun: boolean,
  outcomes: readonly CleanOutcome[],
): object {
  const volumes = outcomes.map(({ volume, planned, removed }) => {
    const { name, entry, kind } = volume
    return { name, entry, kind, planned, removed }
  })
  return { version: 1, app, dryRun, before: new Date(before).toISOString(), volumes }
}
