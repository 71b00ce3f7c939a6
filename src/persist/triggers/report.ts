import type { Context } from '../../foundation/cli/command'
import { openDokku } from '../../foundation/dokku/open'
import { readAppRows, showRows } from '../report/app'

/** Adds the storage mounts of an app to `dokku report`. */
export async function reportTrigger(context: Context, app = ''): Promise<void> {
  if (app === '') return
  showRows(context, app, await readAppRows(openDokku(context), app))
}
