import { join } from 'node:path'
import { version } from '../../../package.json'
import type { Context } from '../../foundation/cli/command'
import type { Rows } from '../../foundation/core/properties'
import type { DokkuHost } from '../../foundation/dokku/open'
import { reportLines } from '../../foundation/output/report-text'
import { appRows, globalRows } from './core/rows'

/** The rows of one app. Throws KnownError if Dokku cannot list its mounts. */
export async function readAppRows({ dokku }: DokkuHost, app: string): Promise<Rows> {
  return appRows(await dokku.mounts(app))
}

/** The rows of `--global`. */
export function readGlobalRows({ platform }: DokkuHost): Rows {
  return globalRows(version, join(platform.libRoot, 'data/storage'))
}

/** Prints rows for people. A row with several values has one line for each. */
export function showRows({ log }: Context, name: string, rows: Rows): void {
  const lists = Object.entries(rows).map(([key, value]) => [key, value.split(' ')] as const)
  log.heading(`${name} persist information`)
  for (const line of reportLines('Persist', Object.fromEntries(lists))) log.detail(line)
}
