import { type Column, tableLines } from '../../foundation/output/table'
import type { Figures } from '../usage/core/figures'
import { measuredText, sizeText } from '../usage/text'

const COLUMNS: readonly Column[] = [
  { title: 'App' },
  { title: 'Name' },
  { title: 'Path' },
  { title: 'Kind' },
  { title: 'Size', right: true },
  { title: 'Measured' },
  { title: 'Entry' },
]

function appText({ app, formerApp }: Figures): string {
  if (app !== null) return app
  return formerApp === null ? '-' : `- (was ${formerApp})`
}

/** The table of volumes. `now` in milliseconds. */
export function listLines(figures: readonly Figures[], now: number): readonly string[] {
  const rows = figures.map((one) => [
    appText(one),
    one.name,
    one.path,
    one.kind,
    sizeText(one),
    measuredText(one, now),
    one.entry,
  ])
  return tableLines(COLUMNS, rows)
}

/** The document of `--format json`. Sizes in bytes, times in RFC 3339. */
export function listDocument(figures: readonly Figures[]): object {
  const volumes = figures.map(
    ({ app, formerApp, name, entry, path, kind, limitBytes, limitEnforced, ...rest }) => {
      const { bytes, files, complete, measuredAt } = rest
      return {
        ...{ app, formerApp, name, entry, path, kind, limitBytes, limitEnforced },
        ...{ bytes, files, complete, measuredAt },
      }
    },
  )
  return { version: 1, volumes }
}
