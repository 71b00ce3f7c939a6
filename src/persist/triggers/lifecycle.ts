import type { Context } from '../../foundation/cli/command'
import { KnownError } from '../../foundation/core/errors'
import { StopError } from '../../foundation/triggers/run'
import { rememberImage } from '../image-updates/host/volumes'
import { separateClone, startClone } from '../volumes/host/clone'
import { openVolumes } from '../volumes/host/server'

/** A clone is known from its first moment: Dokku copies the mounts of the original to it. */
export async function postAppCloneSetup(context: Context, from = '', to = ''): Promise<void> {
  await startClone(openVolumes(context), from, to)
}

/**
 * Gives a clone volumes of its own, before it is deployed. Throws StopError if that fails: the clone would
 * write to the data of the original.
 */
export async function postAppClone(context: Context, _: string, to = ''): Promise<void> {
  try {
    const made = await separateClone(openVolumes(context), to, rememberImage)
    for (const { name, path, from } of made) {
      const content = from === null ? 'empty' : `a copy of ${from}`
      context.log.step(`Volume ${name} of ${to} at ${path}: ${content}`)
    }
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause
    throw new StopError(`${to} still lacks volumes of its own: ${cause.message}`, {
      hint: `Destroy the clone (dokku apps:destroy ${to}), or do not start it before this works: dokku persist:doctor ${to} --fix`,
      cause,
    })
  }
}

/** Volumes follow a renamed app. Their directories and entries keep their names. */
export function postAppRenameSetup(context: Context, from = '', to = ''): void {
  const { records } = openVolumes(context)
  for (const volume of records.of(from)) records.put({ ...volume, app: to })
}

/** The data of a destroyed app stays. Says where it is. */
export function postDelete(context: Context, app = ''): void {
  const { records, pathOf } = openVolumes(context)
  const volumes = records.of(app)
  if (volumes.length === 0) return
  for (const volume of volumes) {
    records.put({ ...volume, app: null, formerApp: app, variable: null })
  }
  const { log } = context
  log.step(`The volumes of ${app} are kept`)
  for (const { entry, path } of volumes) log.detail(`${entry}: ${pathOf(entry)} (was at ${path})`)
  log.detail('To give one to an app: dokku persist:add APP PATH --from VOLUME')
  log.detail('To delete one: dokku persist:remove --orphan VOLUME --destroy-data')
}
