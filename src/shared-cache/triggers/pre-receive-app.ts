import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openSite } from '../apps/host/context'
import type { World } from '../../foundation/cli/command'

/**
 * Builds of herokuish and pack see the app's variables and run as a user of their own: the app has
 * neutral places before such a build copies its variables.
 */
export async function preReceiveApp(world: World, app: string, builder: string): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const site = openSite(world)
  if (isSetUp(site)) await applyTo(site, app, builder)
}
