import { KnownError } from '../../../foundation/core/errors'
import { INCOMPLETE } from '../../../foundation/helper/files'
import { type HelperVerb, say } from '../../../foundation/helper/serve'
import { parseEntry } from '../../volumes/host/helper'
import { type Cleanable, isCleanable } from '../core/request'
import { cleanDirectory } from './directory'

function parseKind(text = ''): Cleanable {
  if (isCleanable(text)) return text
  throw new KnownError(`Files of this kind are never deleted by age: ${JSON.stringify(text)}`)
}

/** Milliseconds since the epoch, in the past: nothing that is written from now on is old. */
function parseBefore(text = ''): number {
  const before = /^\d{1,15}$/.test(text) ? Number(text) : NaN
  if (before <= Date.now()) return before
  throw new KnownError(`Not a time in the past: ${JSON.stringify(text)}`)
}

function parseDry(text = ''): boolean {
  if (text === 'dry' || text === 'delete') return text === 'dry'
  throw new KnownError(`Neither dry nor delete: ${JSON.stringify(text)}`)
}

/** The verb of the root helper: `clean ENTRY KIND MILLISECONDS dry|delete`. */
export const CLEAN_VERBS: Readonly<Record<string, HelperVerb>> = {
  async clean({ root }, [entry, kind, before, dry]) {
    const cleaned = await cleanDirectory(
      root,
      parseEntry(entry),
      parseKind(kind),
      parseBefore(before),
      parseDry(dry),
    )
    say({ entry, ...cleaned })
    return cleaned.complete ? 0 : INCOMPLETE
  },
}
