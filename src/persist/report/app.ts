import type { Context } from '../../foundation/cli/command'
import { type Rows, sortRows } from '../../foundation/core/properties'
import { reportLines } from '../../foundation/output/report-text'
import { appRows as settingRows } from '../properties/core/properties'
import { readWarnAt } from '../properties/host/warn-at'
import type { Figures } from '../usage/core/figures'
import { readFigures } from '../usage/host/read'
import type { VolumeServer } from '../volumes/host/server'
import { appRows } from './core/rows'
import { volumeLines } from './text'

/** The report of one app. */
export interface AppReport {
  readonly app: string
  readonly rows: Rows
  readonly volumes: readonly Figures[]
}

/** Reads what is remembered of an app. Throws KnownError if Dokku cannot list its mounts. */
export async function readApp(server: VolumeServer, app: string): Promise<AppReport> {
  const { dokku, records } = server
  const volumes = await readFigures(server, records.of(app), [app], readWarnAt(dokku))
  const { properties } = dokku
  const settings = settingRows(properties.all(app), properties.all('--global'))
  const rows = sortRows(appRows(await dokku.mounts(app), settings, volumes))
  return { app, rows, volumes }
}

/** Rows with several values, separated by spaces. */
const LISTS = ['mounts', 'volumes', 'volumes-over-limit']

/** Prints rows for people. A row with several values has one line for each. */
export function showRows({ log, platform }: Context, name: string, rows: Rows): void {
  const shown = Object.entries(rows).map(([key, value]) => {
    return [key, LISTS.includes(key) ? value.split(' ') : value] as const
  })
  log.heading(`${name} ${platform.plugin.name} information`)
  for (const line of reportLines('Persist', Object.fromEntries(shown))) log.detail(line)
}

/** Whether a person finds the value in the table of volumes, in a form that is easier to read. */
const isInTable = (key: string) =>
  key === 'volumes' || (key.startsWith('volume-') && key !== 'volume-count')

/** Shows one app to a person: its rows, then a table of its volumes. */
export function showApp(context: Context, { app, rows, volumes }: AppReport): void {
  const shown = Object.entries(rows).filter(([key]) => !isInTable(key))
  showRows(context, app, Object.fromEntries(shown))
  const now = context.now().getTime()
  for (const line of volumeLines(volumes, now)) context.log.detail(line)
}
