import { join } from 'node:path'
import type { DokkuPlatform } from '../platform'
import { withLock } from '../process/lock'

/**
 * Does something while no other command of any of our plugins changes the mounts or variables of an
 * app: two changes of mounts at once lose mounts. The lock is on the app's own directory, so that all
 * plugins share it. Throws like `withLock`.
 */
export function withAppLock<T>(
  { dokkuRoot }: DokkuPlatform,
  app: string,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(join(dokkuRoot, app), app, work)
}
