import type { Mount } from '../../../foundation/core/app-changes'
import type { Directory } from '../../volumes/core/plan'
import type { AppVolume } from '../../volumes/core/volume'
import type { Figures } from '../../usage/core/figures'

/** A mount of a volume in the containers of its app. */
export interface VolumeMount {
  readonly containerPath: string
  readonly readonly: boolean
  /** The type of process that has it; null for all. */
  readonly process: string | null
}

/** Everything about one volume: the document of `--format json`. Sizes in bytes, times in RFC 3339. */
export interface VolumeInfo {
  readonly version: 1
  readonly app: string
  readonly name: string
  readonly entry: string
  readonly kind: AppVolume['kind']
  readonly path: string
  /** Its directory on the host; `owner` and `mode` are null if it does not exist. */
  readonly directory: {
    readonly path: string
    readonly owner: { readonly uid: number; readonly gid: number } | null
    readonly mode: string | null
  }
  readonly mounts: readonly VolumeMount[]
  readonly size: Omit<Figures, 'entry' | 'app' | 'formerApp' | 'name' | 'path' | 'kind'>
  readonly settings: Pick<
    AppVolume,
    | 'owner'
    | 'mode'
    | 'size'
    | 'readonly'
    | 'process'
    | 'critical'
    | 'sensitive'
    | 'followImage'
    | 'description'
    | 'variable'
  > & { readonly created: string }
  /** RFC 3339; null as long as there are no backups. */
  readonly lastBackup: string | null
}

/** What was read of a volume. */
export interface InfoFacts {
  readonly volume: AppVolume
  readonly figures: Figures
  /** Its directory as a path of the host, and what it is; null if it does not exist. */
  readonly path: string
  readonly directory: Directory | null
  /** All mounts of the app. */
  readonly mounts: readonly Mount[]
}

function mountsOf({ volume, mounts }: InfoFacts): readonly VolumeMount[] {
  return mounts
    .filter(({ entry, hostPath }) => entry === volume.entry || hostPath === volume.entry)
    .map(({ containerPath, readonly }) => ({
      containerPath,
      readonly,
      process: volume.process,
    }))
}

/** The document about a volume. */
export function infoOf(facts: InfoFacts): VolumeInfo {
  const { volume, figures, path, directory } = facts
  const { entry, app, name, kind } = volume
  const { owner, mode, size, readonly, process, critical, sensitive } = volume
  const { followImage, description, variable, created } = volume
  const { bytes, files, complete, measuredAt, share, growthPerDay, limitBytes } = figures
  const {
    limitEnforced,
    limitShare,
    overLimit,
    warning,
    daysUntilLimit,
    daysUntilDiskFull,
    points,
  } = figures
  return {
    ...{ version: 1, app, name, entry, kind, path: volume.path },
    directory: {
      path,
      owner: directory && { uid: directory.uid, gid: directory.gid },
      mode: directory && directory.mode,
    },
    mounts: mountsOf(facts),
    size: {
      ...{ bytes, files, complete, measuredAt, share, growthPerDay, limitBytes },
      ...{
        limitEnforced,
        limitShare,
        overLimit,
        warning,
        daysUntilLimit,
        daysUntilDiskFull,
        points,
      },
    },
    settings: {
      ...{ owner, mode, size, readonly, process, critical, sensitive },
      ...{ followImage, description, variable, created: new Date(created).toISOString() },
    },
    lastBackup: null,
  }
}
