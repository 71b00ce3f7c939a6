import { callHelper } from '../../../foundation/helper/call'
import { knownError } from '../../../foundation/process/system-error'
import type { VolumeServer } from '../../volumes/host/server'
import type { Sample } from '../core/history'
import { makeUsageStore } from './store'

/** A volume that could not be measured, and why. */
export interface Unmeasured {
  readonly entry: string
  readonly error: string
}

/** Walks one volume as root, and remembers its size. Throws KnownError if it cannot be read. */
export async function measureVolume(server: VolumeServer, entry: string): Promise<Sample> {
  const { stdout } = await callHelper(server, 'read', ['measure', entry])
  const { bytes, files, complete } = JSON.parse(stdout) as Omit<Sample, 'time'>
  const sample = { time: server.now().getTime(), bytes, files, complete }
  await makeUsageStore(server.platform.root).add(entry, sample)
  return sample
}

/**
 * Measures volumes one after the other: what was measured before a kill stays. `begun` receives each
 * entry. Returns those that could not be measured.
 */
export async function measureVolumes(
  server: VolumeServer,
  entries: readonly string[],
  begun: (entry: string) => void,
): Promise<readonly Unmeasured[]> {
  const failed: Unmeasured[] = []
  for (const entry of entries) {
    begun(entry)
    try {
      await measureVolume(server, entry)
    } catch (thrown) {
      failed.push({ entry, error: knownError(thrown).message })
    }
  }
  return failed
}
