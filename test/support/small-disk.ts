import { execFileSync } from 'node:child_process'
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A separate disk below a directory: a tmpfs, which only root can mount. */
export interface SmallDisk {
  readonly path: string
  /** Fills the disk up to this number of free bytes. */
  fill(left?: number): void
  /** Uses up all inodes except this number. */
  useUpInodes(left?: number): void
  readOnly(): void
  /** Undoes `fill`, `useUpInodes` and `readOnly`. */
  mend(): void
  unmount(): void
}

export function mountSmallDisk(path: string, options = 'size=4m,nr_inodes=500'): SmallDisk {
  mkdirSync(path, { recursive: true })
  const mount = (...args: string[]) => execFileSync('mount', [...args, path])
  mount('-t', 'tmpfs', '-o', `mode=0755,${options}`, 'tmpfs')
  const filler = join(path, 'filler')
  return {
    path,
    fill(left = 0) {
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(filler, Buffer.alloc(bavail * bsize - left))
    },
    useUpInodes(left = 0) {
      mkdirSync(`${filler}s`)
      for (let free = statfsSync(path).ffree; free > left; free -= 1) {
        writeFileSync(join(`${filler}s`, String(free)), '')
      }
    },
    readOnly: () => mount('-o', 'remount,ro'),
    mend() {
      mount('-o', 'remount,rw')
      execFileSync('rm', ['-rf', filler, `${filler}s`])
    },
    unmount: () => execFileSync('umount', [path]),
  }
}
