import type { Context } from '../../foundation/cli/command'
import { readApp, showApp } from '../report/app'
import { openVolumes } from '../volumes/host/server'

/** Adds the storage mounts and volumes of an app to `dokku report`. */
export async function reportTrigger(context: Context, app = ''): Promise<void> {
  if (app === '') return
  showApp(context, await readApp(openVolumes(context), app))
}
