import { join } from 'node:path'
import type { DokkuPlatform } from '../platform'
import { withLock } from '../process/lock'

/**
 * Calls a function while no other command of these plugins changes the mounts or variables of an app:
 * concurrent changes lose mounts. All plugins use the same lock, on the app's directory. Throws like
 * `withLock`.
 */
export function withAppLock<T>(
  { dokkuRoot }: DokkuPlatform,
  app: string,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(join(dokkuRoot, app), app, work)
}
