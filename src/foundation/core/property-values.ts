import { KnownError } from './errors'

/** Accepts one of these words. Throws KnownError for any other. */
export function oneOf(key: string, ...allowed: readonly string[]): (value: string) => string {
  return (value) => {
    if (allowed.includes(value)) return value
    throw new KnownError(`Invalid value for ${key}: ${value}`, {
      hint: `${key} is one of: ${allowed.join(', ')}`,
    })
  }
}

/** Accepts the usual spellings of `true` and `false`. Throws KnownError for anything else. */
export function parseBoolean(key: string): (value: string) => string {
  return (value) => {
    if (['true', 'on', 'yes', '1'].includes(value.toLowerCase())) return 'true'
    if (['false', 'off', 'no', '0'].includes(value.toLowerCase())) return 'false'
    throw new KnownError(`Invalid value for ${key}: ${value}`, { hint: `${key} is true or false` })
  }
}
