import { KnownError } from '../core/errors'

/** Checks the value of `--format`. Throws KnownError for any other. */
export function checkFormat(format: string, ...allowed: readonly string[]): void {
  if (!allowed.includes(format)) {
    throw new KnownError(`Invalid --format value specified: ${format}`, {
      hint: `Formats are: ${allowed.join(', ')}`,
    })
  }
}
