import type { Server } from './server'
import { inspectApps } from './inspect'
import type { Context } from '../../../foundation/cli/command'

/**
 * Inspects images and processes of apps that are new, with progress. Returns the server with the
 * results. Throws KnownError if the Engine cannot be reached.
 */
export async function inspectImages(
  context: Context,
  server: Server,
  apps: readonly string[],
): Promise<Server> {
  const seen = await inspectApps(server, await context.engine(), apps, (done) => {
    context.log.progress(`inspecting images: ${done} of ${apps.length} apps`)
  })
  context.log.progress('')
  return { ...server, seen }
}
