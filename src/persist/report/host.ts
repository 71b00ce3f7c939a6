import { dirname, join } from 'node:path'
import { version } from '../../../package.json'
import type { Context } from '../../foundation/cli/command'
import { type Rows, sortRows } from '../../foundation/core/properties'
import { diskOf } from '../../foundation/files/disk'
import { globalRows as settingRows } from '../properties/core/properties'
import { readWarnAt } from '../properties/host/warn-at'
import { readFigures } from '../usage/host/read'
import type { VolumeServer } from '../volumes/host/server'
import { showRows } from './app'
import { type GlobalReport, globalReport } from './core/document'
import { globalRows } from './core/rows'
import { htmlPage } from './html/page'
import { prometheusText } from './prometheus'
import { hostLines } from './text'

/** Formats other than text, all rendered from the same document. */
const DOCUMENTS: Readonly<Record<string, (document: GlobalReport) => string>> = {
  json: (document) => JSON.stringify(document),
  prometheus: prometheusText,
  html: htmlPage,
}

/** Values of `--format` for the report about a host, besides `stdout`. */
export const HOST_FORMATS: readonly string[] = Object.keys(DOCUMENTS)

const storageOf = (root: string) => join(dirname(root), 'storage')

/** The rows of `--global`. */
export function readGlobalRows({ dokku, platform }: VolumeServer): Rows {
  const settings = settingRows(dokku.properties.all('--global'))
  return sortRows(globalRows(version, storageOf(platform.hostRoot), settings))
}

/** Reads what is remembered of all volumes. */
async function readHost(server: VolumeServer): Promise<GlobalReport> {
  const { dokku, platform, records } = server
  const warnAt = readWarnAt(dokku)
  const apps = await dokku.apps()
  const facts = {
    generatedAt: server.now().toISOString(),
    root: storageOf(platform.hostRoot),
    disk: await diskOf(storageOf(platform.root)),
    warnAt: warnAt(null),
  }
  return globalReport(facts, await readFigures(server, records.all(), apps, warnAt))
}

/** Reports on the volumes of this host, in a format of `HOST_FORMATS` or as text. */
export async function reportHost(
  context: Context,
  server: VolumeServer,
  format: string,
): Promise<void> {
  const { log } = context
  const document = await readHost(server)
  const form = DOCUMENTS[format]
  if (form) {
    log.plain(form(document).replace(/\n$/, ''))
    return
  }
  showRows(context, '--global', readGlobalRows(server))
  for (const line of hostLines(document)) log.detail(line)
}
