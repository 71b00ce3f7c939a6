import { KnownError } from './errors'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 2 ** 10,
  m: 1e6,
  mb: 1e6,
  mib: 2 ** 20,
  g: 1e9,
  gb: 1e9,
  gib: 2 ** 30,
  t: 1e12,
  tb: 1e12,
  tib: 2 ** 40,
}

const AGES: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * Bytes of a size such as `10GB`, `1.5GiB` or `500m`; units as Docker prints them, powers of ten unless
 * the unit contains an `i`. Throws KnownError for anything else.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?']
  const bytes = match && unit ? Math.round(Number(match[1]) * unit) : NaN
  if (!Number.isSafeInteger(bytes)) {
    throw new KnownError(`Invalid size: ${text}`, { hint: 'Write a size such as 10GB or 500MB.' })
  }
  return bytes
}

/** Milliseconds of an age such as `72h`, `30d` or `2w`. Throws KnownError for anything else. */
export function parseAge(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([smhdw])$/i.exec(text.trim())
  const unit = AGES[match?.[2]?.toLowerCase() ?? '?']
  const age = match && unit ? Math.round(Number(match[1]) * unit) : NaN
  if (!Number.isSafeInteger(age)) {
    throw new KnownError(`Invalid age: ${text}`, { hint: 'Write an age such as 72h or 30d.' })
  }
  return age
}
