import { type Check, finding } from './findings'

/** How pip's cache is used, from the times of a few directories. Milliseconds since the epoch. */
export interface PipFacts {
  /** Whether the directories for downloads are not empty. */
  readonly hasDownloads: boolean
  /** The last time that something was added or removed there; if they are empty, since when. */
  readonly downloadsChanged: number
  /** The last time that pip wrote something else: a wheel that it built, or its check for a newer pip. */
  readonly lastWritten: number | null
}

/**
 * pip stores a response of the package index only if it has cache headers. Otherwise it downloads every
 * package again, although it uses the cache: it wrote to the cache after its downloads became empty.
 */
export const checkPip: Check = ({ pip }) => {
  if (!pip || pip.hasDownloads || pip.lastWritten === null) return []
  if (pip.lastWritten <= pip.downloadsChanged) return []
  const text =
    'pip uses its cache, but no download is stored there: the package index probably sends no cache headers. Built wheels are still reused'
  return finding('warn', 'pip', text, 'make the package index send Cache-Control or ETag headers')
}
