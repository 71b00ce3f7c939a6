import { KnownError } from './errors'
import { parseSize } from './size'

/** The size of a disk and its free space, in bytes. */
export interface DiskSpace {
  readonly bytes: number
  readonly freeBytes: number
}

const SHARE = /^(\d+(?:\.\d+)?)\s*%$/

/** A share such as `20%` as 0 to 1; null for any other text. */
export function shareOf(text: string): number | null {
  const percent = Number(SHARE.exec(text.trim())?.[1] ?? NaN)
  return percent <= 100 ? percent / 100 : null
}

/** Canonical form of an amount of disk: a size, a share such as `20%`, or `off`. Throws KnownError. */
export function parseAmount(value: string): string {
  const text = value.trim()
  if (text === 'off') return text
  if (SHARE.test(text)) {
    if (shareOf(text) !== null) return text.replace(/\s/g, '')
    throw new KnownError(`Invalid share of the disk: ${text}`, {
      hint: 'Use a share from 0% to 100%.',
    })
  }
  parseSize(text)
  return text.replace(/\s/g, '')
}

/**
 * Bytes of an amount in its canonical form; null for `off`, and for a share of a disk that is not known.
 */
export function amountBytes(text: string, disk: DiskSpace | null): number | null {
  if (text === 'off') return null
  const share = shareOf(text)
  if (share === null) return parseSize(text)
  return disk && Math.round(disk.bytes * share)
}
