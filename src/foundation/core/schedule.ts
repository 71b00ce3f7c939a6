import { KnownError } from './errors'

/** The default schedule of the budgets: before Dokku's own prune at 04:05. */
export const DEFAULT_SCHEDULE = '30 3 * * *'

interface Field {
  readonly min: number
  readonly max: number
  /** Names of its values, starting with that of `min`. */
  readonly names: readonly string[]
}

/** Minute, hour, day of the month, month, day of the week, as in crontab(5). */
const FIELDS: readonly Field[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { min: 0, max: 7, names: 'sun mon tue wed thu fri sat'.split(' ') },
]

/** A number in a field; null if it is not a number or out of range. */
function numberIn(text: string, { min, max }: Field): number | null {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : NaN
  return number >= min && number <= max ? number : null
}

/** `*`, `a` or `a-b`, each range optionally with `/step`; null for anything else. */
function readPart(text: string, field: Field): string | null {
  const [range = '', step, ...more] = text.split('/')
  if (more.length > 0) return null
  if (step !== undefined && numberIn(step, { ...field, min: 1 }) === null) return null
  const suffix = step === undefined ? '' : `/${Number(step)}`
  if (range === '*') return `*${suffix}`
  const ends = range.split('-').map((end) => numberIn(end, field))
  const [from, to] = ends
  if (ends.includes(null) || ends.length > 2) return null
  // Cron implementations differ in how they read a step without a range.
  if (to === undefined) return step === undefined ? String(from) : null
  return Number(from) <= Number(to) ? `${String(from)}-${String(to)}${suffix}` : null
}

/** The canonical form of a field, with numbers only; null if it is invalid. */
function readField(text: string, field: Field): string | null {
  const named = field.names.indexOf(text.toLowerCase())
  if (named >= 0) return String(named + field.min)
  const parts = text.split(',').map((part) => readPart(part, field))
  return parts.includes(null) ? null : parts.join(',')
}

/**
 * The canonical form of a schedule: five fields of crontab(5), with numbers instead of names, separated
 * by one space; or `off`. Stricter than cron, because cron rejects a whole crontab, with the tasks of
 * other plugins, for one bad line. Throws KnownError, of one line, for anything else.
 */
export function parseSchedule(value: string): string {
  if (value === 'off') return value
  const fields = /[^\x20-\x7e]/.test(value) ? [] : value.trim().split(/ +/)
  const read = FIELDS.map((field, i) => readField(fields[i] ?? '', field))
  if (fields.length !== FIELDS.length || read.includes(null)) {
    throw new KnownError(
      `Invalid schedule: ${JSON.stringify(value)} is not five fields of cron, such as "${DEFAULT_SCHEDULE}", nor off`,
    )
  }
  return read.join(' ')
}
