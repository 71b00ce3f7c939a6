import type { CopyOutcome } from '../apps/core/image-files'
import { formatBytes } from '../../foundation/output/units'

/** The line of a deploy log about files of an image; null if the cache had all of them. */
export function copyLine(outcome: CopyOutcome): string | null {
  const { cache, place } = outcome
  if ('why' in outcome) {
    return `Shared caches: ${cache} is not shared, the files of the image at ${place} cannot be copied: ${outcome.why}`
  }
  const { bytes } = outcome
  return bytes > 0
    ? `Shared caches: copied ${formatBytes(bytes)} from ${place} in the image to the cache ${cache}`
    : null
}
