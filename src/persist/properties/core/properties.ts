import { shareOf } from '../../../foundation/core/amount'
import { KnownError } from '../../../foundation/core/errors'
import { type SettingSpec, type Values, makeSettings } from '../../../foundation/core/properties'
import { parseBoolean } from '../../../foundation/core/property-values'
import { parseSchedule } from '../../../foundation/core/schedule'

/** A share such as `80%`, or `off`. Throws KnownError for anything else. */
function parseWarnAt(value: string): string {
  const text = value.replace(/\s/g, '')
  if (text === 'off' || shareOf(text) !== null) return text
  throw new KnownError(`Invalid value for warn-at: ${value}`, {
    hint: 'warn-at is a share from 0% to 100%, such as 80%, or off',
  })
}

/** The properties of persist. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    key: 'clone-data',
    scope: 'both',
    parse: parseBoolean('clone-data'),
    fallback: 'false',
    summary: 'whether the volumes of a clone get a copy of the data',
  },
  {
    key: 'warn-at',
    scope: 'both',
    parse: parseWarnAt,
    fallback: '80%',
    summary: 'the share of its limit, or of the disk, from which a volume is warned about, or off',
  },
  {
    key: 'schedule',
    scope: 'global',
    // Also in plugin/persist/cron-entries: Dokku asks for it without starting Node.
    fallback: '15 3 * * *',
    parse: parseSchedule,
    summary: 'when volumes are measured: five fields of cron, or off',
  },
]

const settings = makeSettings(SETTINGS)
export const { settingFor, appRows, globalRows } = settings

/** The share of `warn-at` of an app, 0 to 1; null for `off`. */
export function warnAtOf(app: Values, global: Values): number | null {
  return shareOf(settings.effective('warn-at', app, global))
}
