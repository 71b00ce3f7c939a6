import { openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/** Deletes the properties of a destroyed app. Dokku itself deletes its mounts and variables. */
export async function postDelete(context: Context, app: string): Promise<void> {
  const server = openServer(context)
  await server.dokku.properties.destroy(app)
}
