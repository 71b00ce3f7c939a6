import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import { recordWithheld } from './buildpack-build'
import type { Context } from '../../foundation/cli/command'

/**
 * Prepares an app before herokuish or pack builds it: these builds use the app's variables, and run as a
 * separate user. The app moves to the neutral layout, and loses the variables of caches that this build
 * does not get.
 */
export async function preReceiveApp(context: Context, app: string, builder: string): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const server = openServer(context)
  if (!isSetUp(server)) return
  await recordWithheld(server, app, builder, true)
  await applyTo(server, app, builder)
}
