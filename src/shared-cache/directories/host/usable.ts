import { accessSync, constants, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Host } from '../../../foundation/cli/command'
import { type FileSystem, fileSystemOf } from '../../../foundation/core/file-system'
import { codeOf } from '../../../foundation/files/walker'
import { nameIn } from '../../catalogue/core/group'
import { keepsAcls } from '../core/file-system'
import { type Unusable, unusable } from '../core/usable'
import { checkCaches } from './caches'

/**
 * Which of these caches builds and containers cannot use now. For the check before a build: a few calls
 * for each directory and one process (getfacl), and nothing is walked. `inner` are names of directories
 * in the caches, such as `pip@debian-12-amd64-glibc`, that exist or will be made. A file system without
 * ACLs can have the caches of apps that run as one user.
 */
export async function unusableCaches(
  host: Host,
  group: string,
  caches: readonly string[],
  inner: readonly string[] = [],
): Promise<readonly Unusable[]> {
  if (caches.length === 0) return []
  const names = caches.map((cache) => nameIn(group, cache))
  const found = await checkCaches(host, [...names, ...inner], { inside: false })
  const fileSystem = fileSystemAt(host.platform.root)
  const hasAcls = !fileSystem || keepsAcls(fileSystem)
  const problems = found.filter(({ kind }) => kind !== 'acl' || hasAcls)
  return unusable(host.platform.root, problems, caches, names)
}

/** The file system of a path, or of the closest directory above it that exists. */
export function fileSystemAt(path: string): FileSystem | undefined {
  try {
    return fileSystemOf(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(path))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) return undefined
    return fileSystemAt(dirname(path))
  }
}

/**
 * Why root cannot write in a directory that belongs to another user; null where it can, and for a
 * missing one. `access` says nothing here: this user may not write it either way.
 */
export function directoryProblem(path: string): string | null {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return null
  if (!stats.isDirectory()) return `${path} is not a directory`
  if (fileSystemAt(path)?.options.includes('ro')) return `${path}: the file system is read-only`
  try {
    accessSync(path, constants.W_OK)
  } catch (error) {
    if (codeOf(error) === 'EROFS') return `${path}: the file system is read-only`
  }
  return null
}
