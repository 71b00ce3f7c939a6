import { spawnSync } from 'node:child_process'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoot } from './needs'

/** A btrfs file system in a file, below a directory. */
export interface BtrfsDisk {
  readonly path: string
  unmount(): void
}

const done = (program: string, ...args: string[]) => spawnSync(program, args).status === 0

/** Mounts one; null where that is not possible: it takes root, btrfs-progs and a loop device. */
export function mountBtrfs(base: string, bytes = 300_000_000): BtrfsDisk | null {
  const [image, path] = [join(base, 'btrfs.img'), join(base, 'btrfs')]
  mkdirSync(path)
  writeFileSync(image, '')
  truncateSync(image, bytes)
  if (!isRoot || !done('mkfs.btrfs', '-q', image)) return null
  if (!done('mount', '-o', 'loop', image, path)) return null
  return { path, unmount: () => void done('umount', path) }
}
