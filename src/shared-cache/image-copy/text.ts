import type { CopyOutcome } from '../apps/core/image-files'
import { formatBytes } from '../../foundation/output/units'

/** What came of what an image holds, in a line of the deploy log; null where all was there before. */
export function copyLine(outcome: CopyOutcome): string | null {
  const what = `what the image holds at ${outcome.place}`
  if ('why' in outcome) {
    return `Shared caches: no ${outcome.cache}, ${what} cannot be copied: ${outcome.why}`
  }
  return outcome.bytes > 0 ? `Shared caches: copied ${what}, ${formatBytes(outcome.bytes)}` : null
}
