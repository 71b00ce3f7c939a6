import { openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/** Nothing is left of a destroyed app; its mounts and variables go with it, by Dokku itself. */
export async function postDelete(context: Context, app: string): Promise<void> {
  const server = openServer(context)
  await server.dokku.properties.destroy(app)
}
