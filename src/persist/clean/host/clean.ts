import { callHelper } from '../../../foundation/helper/call'
import type { AppVolume } from '../../volumes/core/volume'
import type { VolumeServer } from '../../volumes/host/server'
import type { Cleanable } from '../core/request'
import type { Cleaned } from './directory'

/**
 * Deletes the files of a volume that were not used after `before`, in milliseconds since the epoch, or
 * counts them. Throws KnownError if the volume cannot be read.
 */
export async function cleanVolume(
  server: VolumeServer,
  { entry }: AppVolume,
  kind: Cleanable,
  before: number,
  mode: 'dry' | 'delete',
): Promise<Cleaned> {
  const argv = ['clean', entry, kind, String(Math.floor(before)), mode]
  const { stdout } = await callHelper(server, mode === 'dry' ? 'read' : 'write', argv)
  const { files, bytes, open, complete } = JSON.parse(stdout) as Cleaned
  return { files, bytes, open, complete }
}
