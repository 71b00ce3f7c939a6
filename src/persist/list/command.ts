import type { Command, CommonOptions } from '../../foundation/cli/command'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT, noSuchApp } from '../../foundation/core/errors'
import { readWarnAt } from '../properties/host/warn-at'
import { readFigures } from '../usage/host/read'
import { openVolumes } from '../volumes/host/server'
import { selectVolumes } from './core/select'
import { listDocument, listLines } from './text'

export interface ListOptions extends CommonOptions {
  readonly orphans?: boolean
  readonly format: string
}

/** Lists volumes with their remembered sizes. Reads only. */
export const list: Command<ListOptions, readonly [string | undefined]> = async (
  context,
  { orphans = false, format },
  app,
) => {
  checkFormat(format, 'stdout', 'json')
  const { log } = context
  const server = openVolumes(context)
  const apps = await server.dokku.apps()
  // The former app of a volume is usually gone.
  if (app !== undefined && !orphans && !apps.includes(app)) throw noSuchApp(app)
  const volumes = selectVolumes(server.records.all(), apps, { app, orphans })
  const figures = await readFigures(server, volumes, apps, readWarnAt(server.dokku))
  if (format === 'json') log.plain(JSON.stringify(listDocument(figures)))
  else if (figures.length === 0) log.step(orphans ? 'No volumes without an app' : 'No volumes')
  else for (const line of listLines(figures, context.now().getTime())) log.plain(line)
  return EXIT.ok
}
