import type { FileSystem } from '../../../foundation/core/file-system'

/** How the file system of a directory can limit it. */
export type Way =
  /** A qgroup of the subvolume. */
  | { readonly kind: 'btrfs'; readonly mountPoint: string }
  /** A project, to which the directory and new files in it belong. */
  | { readonly kind: 'project'; readonly type: 'ext4' | 'xfs'; readonly mountPoint: string }
  | { readonly kind: 'watched'; readonly reason: string }

/** Options of a mount with project quotas. The kernel shows `prjquota` for XFS, whatever was typed. */
const PROJECT_OPTIONS = ['prjquota', 'pquota']

const isProjectType = (type: string): type is 'ext4' | 'xfs' => type === 'ext4' || type === 'xfs'

/**
 * The way for a directory on this file system; undefined if it is not known. XFS has to be mounted with
 * the option: a remount does not turn it on (xfs(5)). ext4 also needs the feature `project` (tune2fs(8)).
 */
export function wayOf(fileSystem: FileSystem | undefined): Way {
  if (!fileSystem) return { kind: 'watched', reason: 'its file system is not known' }
  const { type, mountPoint, options } = fileSystem
  if (type === 'btrfs') return { kind: 'btrfs', mountPoint }
  if (!isProjectType(type)) return { kind: 'watched', reason: `${type} has no limits` }
  if (options.some((option) => PROJECT_OPTIONS.includes(option))) {
    return { kind: 'project', type, mountPoint }
  }
  const reason = `${mountPoint} (${type}) is not mounted with the option prjquota`
  return { kind: 'watched', reason }
}
