import type { Context } from '../../../foundation/cli/command'
import { KnownError } from '../../../foundation/core/errors'
import { withAppLock } from '../../../foundation/dokku/app-lock'
import { rememberImage } from '../../image-updates/host/volumes'
import { needsRestart, planVolume } from '../../volumes/core/plan'
import { applySteps } from '../../volumes/host/apply'
import { readApp, readFacts } from '../../volumes/host/inspect'
import { isRunning } from '../../volumes/host/restart'
import type { VolumeServer } from '../../volumes/host/server'
import { planLines } from '../../volumes/text'

/** Makes the volumes of an app what their records say. Returns whether containers have to start again. */
function fixApp({ log }: Context, server: VolumeServer, app: string): Promise<boolean> {
  return withAppLock(server.platform, app, async () => {
    let restart = false
    const state = await readApp(server, app)
    for (const volume of server.records.of(app)) {
      const steps = planVolume(volume, await readFacts(server, volume, state))
      if (steps.length === 0) continue
      log.step(`Volume ${volume.name} of ${app} at ${volume.path}`)
      for (const line of planLines(steps, volume, server.pathOf(volume.entry))) log.detail(line)
      await applySteps(server, volume, steps, rememberImage)
      restart ||= needsRestart(steps)
    }
    return restart
  })
}

/** Fixes the volumes of apps. What cannot be fixed in one app is a warning, and the next check names it. */
export async function fixVolumes(
  context: Context,
  server: VolumeServer,
  apps: readonly string[],
): Promise<void> {
  for (const app of apps.filter((one) => server.records.of(one).length > 0)) {
    try {
      if ((await fixApp(context, server, app)) && (await isRunning(server, app))) {
        context.log.detail(
          `The running containers do not have it yet. Run: dokku ps:restart ${app}`,
        )
      }
    } catch (error) {
      if (!(error instanceof KnownError)) throw error
      context.log.warn(`${app}: ${error.message}`)
    }
  }
}
