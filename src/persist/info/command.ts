import type { Command, CommonOptions } from '../../foundation/cli/command'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { oneOrAllApps } from '../../foundation/dokku/open'
import { readWarnAt } from '../properties/host/warn-at'
import { isEnforced } from '../limits/core/limit'
import { measureVolume } from '../usage/host/measure'
import { readFigures } from '../usage/host/read'
import { findVolume } from '../volumes/host/find'
import { readDirectories } from '../volumes/host/inspect'
import { openVolumes } from '../volumes/host/server'
import { infoOf } from './core/info'
import { infoLines } from './text'

export interface InfoOptions extends CommonOptions {
  readonly measure?: boolean
  readonly format: string
}

/** Shows everything about one volume, with its remembered size or, with `measure`, its size now. */
export const info: Command<InfoOptions, readonly [string, string]> = async (
  context,
  { measure = false, format },
  app,
  name,
) => {
  checkFormat(format, 'stdout', 'json')
  const { log } = context
  const server = openVolumes(context)
  const apps = await oneOrAllApps(server.dokku, app)
  const volume = findVolume(server, app, name)
  const { entry } = volume
  if (measure) await measureVolume(server, entry)
  const state = (await readDirectories(server, [entry])).get(entry)
  const [remembered] = await readFigures(server, [volume], apps, readWarnAt(server.dokku))
  if (!remembered) throw new Error(`no figures of ${entry}`)
  const limitEnforced = isEnforced(volume.size, state?.limit)
  const figures = { ...remembered, limitEnforced }
  const directory = state?.directory ?? null
  const mounts = await server.dokku.mounts(app)
  const document = infoOf({ volume, figures, path: server.deviceOf(entry), directory, mounts })
  if (format === 'json') {
    log.plain(JSON.stringify(document))
    return EXIT.ok
  }
  log.heading(`Volume ${volume.name} of ${app}`)
  for (const line of infoLines(document, context.now().getTime())) log.detail(line)
  return EXIT.ok
}
