import prettyBytes from 'pretty-bytes'

/** Bytes as text: `1.2 GB`, in powers of ten as Docker prints them. */
export function formatBytes(bytes: number): string {
  return prettyBytes(bytes)
}

const STEPS: readonly (readonly [string, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** An age in milliseconds as text, in whole units: `3 days`, `1 hour`, `just now`. */
export function formatAge(age: number): string {
  for (const [name, length] of STEPS) {
    const count = Math.floor(age / length)
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'}`
  }
  return 'just now'
}

/** The time since `time` (RFC 3339; null for never), at `now` in milliseconds: `3 days ago`, `never`. */
export function formatSince(now: number, time: string | null): string {
  if (time === null) return 'never'
  const age = formatAge(now - Date.parse(time))
  return age === 'just now' ? age : `${age} ago`
}

/** A share from 0 to 1 as text: `8.1 %`, `20 %`. */
export function formatShare(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

/** Growth in bytes per day, with its sign; '' if it is not known. */
export function formatGrowth(perDay: number | null): string {
  if (perDay === null) return ''
  return perDay > 0 ? `+${formatBytes(perDay)}` : formatBytes(perDay)
}
