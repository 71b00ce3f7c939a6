import { type Check, finding } from './findings'

/** How pip's cache is used, from the times of a few directories. Milliseconds since the epoch. */
export interface PipFacts {
  /** Whether the directories for downloads hold anything. */
  readonly hasDownloads: boolean
  /** When something was last put into or removed from them; for empty ones since when they are empty. */
  readonly downloadsChanged: number
  /** When pip last wrote something else: a wheel that it built, or its check for a newer pip. */
  readonly lastWritten: number | null
}

/**
 * pip stores an answer of the package index only with cache headers. Without them it downloads every
 * package again, although it uses the cache: it wrote to the cache after its downloads became empty.
 */
export const checkPip: Check = ({ pip }) => {
  if (!pip || pip.hasDownloads || pip.lastWritten === null) return []
  if (pip.lastWritten <= pip.downloadsChanged) return []
  const text =
    'pip uses its cache, but no download is stored there: the package index probably sends no cache headers. Built wheels are still reused'
  return finding('warn', 'pip', text, 'make the package index send Cache-Control or ETag headers')
}
