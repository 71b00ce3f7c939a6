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
