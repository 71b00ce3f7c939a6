import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * Moves an app to the neutral layout before herokuish or pack builds it: these builds use the app's
 * variables, and run as a separate user.
 */
export async function preReceiveApp(context: Context, app: string, builder: string): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const server = openServer(context)
  if (isSetUp(server)) await applyTo(server, app, builder)
}
