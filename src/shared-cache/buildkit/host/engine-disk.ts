import { stat, statfs } from 'node:fs/promises'
import type { DiskSpace } from '../../../foundation/core/amount'
import type { Engine } from '../../../foundation/docker/engine'

/**
 * The disk with Docker's data; null if its directory is not on this machine: the Engine is remote, or
 * Dokku runs in a container.
 */
export async function engineDisk(
  engine: Engine,
): Promise<(DiskSpace & { readonly device: number }) | null> {
  const { DockerRootDir } = await engine.info()
  try {
    const { bsize, blocks, bavail } = await statfs(DockerRootDir)
    const { dev } = await stat(DockerRootDir)
    return { bytes: blocks * bsize, freeBytes: bavail * bsize, device: dev }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EACCES') return null
    throw error
  }
}
