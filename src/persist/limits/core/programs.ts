import { BLOCK } from './limit'
import type { Way } from './way'

/** A program and its arguments. */
export type Argv = readonly [program: string, ...args: string[]]

type ProjectWay = Extract<Way, { kind: 'project' }>

/**
 * The programs that limits need, without paths of volumes: they run in the open directory, so `.` is the
 * directory itself, and no link is followed. Names are names in Dokku's storage.
 */

/** Makes a directory that can be limited later. */
export function createSubvolume(name: string): Argv {
  return ['btrfs', 'subvolume', 'create', `./${name}`]
}

/** Shows the qgroup of the subvolume, with its limit in bytes. Fails where quotas are disabled. */
export const SHOW_QGROUP: Argv = ['btrfs', 'qgroup', 'show', '-rf', '--raw', '.']

/** Limits the subvolume; `bytes` null for no limit. */
export function limitQgroup(bytes: number | null): Argv {
  return ['btrfs', 'qgroup', 'limit', bytes === null ? 'none' : String(bytes), '.']
}

/** Shows the project IDs of directories. */
export function showProjects(names: readonly string[]): Argv {
  return ['lsattr', '-pd', '--', ...names]
}

/** Gives the directory a project ID, which new files in it inherit. Works on ext4 and XFS. */
export function setProject(id: number): Argv {
  return ['chattr', '+P', '-p', String(id), '.']
}

/** Lists the limits of all projects. */
export function reportProjects({ type, mountPoint }: ProjectWay): Argv {
  return type === 'xfs'
    ? ['xfs_quota', '-x', '-c', 'report -p -n -N -b', mountPoint]
    : ['repquota', '-P', '-n', mountPoint]
}

/** Limits a project; `bytes` null for no limit. */
export function limitProject(
  { type, mountPoint }: ProjectWay,
  id: number,
  bytes: number | null,
): Argv {
  const blocks = Math.ceil((bytes ?? 0) / BLOCK)
  return type === 'xfs'
    ? ['xfs_quota', '-x', '-c', `limit -p bsoft=0 bhard=${blocks}k ${id}`, mountPoint]
    : ['setquota', '-P', String(id), '0', String(blocks), '0', '0', mountPoint]
}

/** The Debian package of a program. */
export const PACKAGES: Readonly<Record<string, string>> = {
  btrfs: 'btrfs-progs',
  chattr: 'e2fsprogs',
  lsattr: 'e2fsprogs',
  repquota: 'quota',
  setquota: 'quota',
  xfs_quota: 'xfsprogs',
}
