import type { Server } from './server'
import { inspectApps } from './inspect'
import type { Context } from '../../../foundation/cli/command'

/** What the images of apps hold and whose processes they have, looked at where they are new. */
export async function inspectImages(
  context: Context,
  server: Server,
  apps: readonly string[],
): Promise<Server> {
  const seen = await inspectApps(server, await context.engine(), apps, (done) => {
    context.log.progress(`looking at images: ${done} of ${apps.length} apps`)
  })
  context.log.progress('')
  return { ...server, seen }
}
