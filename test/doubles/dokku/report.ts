import { Failure, goJson, log } from './dokku'
import { allApps, verifyApp } from './names'

interface Style {
  /** Whether JSON has every key twice: with the plugin's prefix, as before, and without. */
  readonly prefixed?: boolean
  /** Whether keys keep the plugin's prefix in JSON (before 0.38). */
  readonly keepPrefix?: boolean
}

function oneApp(
  type: string,
  app: string,
  rows: Readonly<Record<string, string>>,
  format: string,
  wanted: string,
  style: Style,
): void {
  const keys = Object.keys(rows).sort()
  if (format === 'json') {
    const bare = keys.map((key) => [key.replace(`--${type}-`, ''), rows[key] ?? ''] as const)
    const whole = keys.map((key) => [key.slice(2), rows[key] ?? ''] as const)
    const pairs = style.keepPrefix ? whole : style.prefixed ? [...whole, ...bare] : bare
    log.line(goJson(Object.fromEntries([...pairs].sort(([a], [b]) => (a < b ? -1 : 1)))))
    return
  }
  if (wanted) {
    const value = rows[wanted]
    if (value === undefined)
      throw new Failure(`Invalid flag passed, valid flags: ${keys.join(', ')}`)
    log.line(value)
    return
  }
  log.info2Quiet(`${app} ${type} information`)
  const width = Math.max(31, ...keys.map((key) => key.length))
  for (const key of keys) {
    const title = key.slice(2).replace(/[-.]/g, ' ')
    log.verbose(
      `${`${title.charAt(0).toUpperCase()}${title.slice(1)}:`.padEnd(width)}${rows[key] ?? ''}`,
    )
  }
}

/** A report in the format of Dokku's Go plugins, of one app, of `--global`, or of all apps. */
export function report(
  type: string,
  given: readonly string[],
  rows: (app: string) => Readonly<Record<string, string>>,
  style: Style = { prefixed: true },
): number {
  const at = given.indexOf('--format')
  const format = at < 0 ? 'stdout' : (given[at + 1] ?? '')
  const rest = at < 0 ? [...given] : given.filter((_, i) => i !== at && i !== at + 1)
  const wanted = rest.filter((word) => word.startsWith('--') && word !== '--global')
  if (wanted.length > 1) return 0
  const app = rest.includes('--global') ? '--global' : rest.find((word) => !word.startsWith('--'))
  for (const one of app === undefined ? allApps() : [app]) {
    if (one !== '--global') verifyApp(one)
    if (format !== 'stdout' && format !== 'json')
      throw new Failure(`Format must be "stdout" or "json": "${format}"`)
    if (format === 'json' && wanted.length > 0)
      throw new Failure('--format flag cannot be specified when specifying an info flag')
    oneApp(type, one, rows(one), format, wanted[0] ?? '', style)
  }
  return 0
}
