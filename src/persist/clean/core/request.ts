import { KnownError } from '../../../foundation/core/errors'
import { parseAge } from '../../../foundation/core/size'
import type { AppVolume } from '../../volumes/core/volume'

/** Kinds whose files can be deleted by age: whoever wrote them can do without them. */
const CLEANABLE = ['cache', 'logs'] as const
export type Cleanable = (typeof CLEANABLE)[number]

export function isCleanable(kind: string): kind is Cleanable {
  return CLEANABLE.some((one) => one === kind)
}

/** The options of `persist:clean`, as typed. */
export interface CleanWords {
  readonly name?: string
  readonly kind?: string
  readonly olderThan?: string
}

/** What to clean. */
export interface CleanRequest {
  readonly name: string | undefined
  readonly kind: Cleanable
  /** Milliseconds. */
  readonly age: number
}

/** Throws KnownError for a missing option, a kind that is never cleaned, and an invalid age. */
export function parseRequest({ name, kind, olderThan }: CleanWords): CleanRequest {
  const kinds = CLEANABLE.join(' or ')
  if (kind === undefined || olderThan === undefined) {
    throw new KnownError(`Please specify ${kind === undefined ? '--kind' : '--older-than'}`, {
      hint: `Say what to delete: --kind ${kinds}, and an age, such as --older-than 30d.`,
    })
  }
  if (!isCleanable(kind)) {
    throw new KnownError(`Files of the kind ${JSON.stringify(kind)} are never deleted by age`, {
      hint: `Only volumes of the kind ${kinds} can be cleaned.`,
    })
  }
  return { name, kind, age: parseAge(olderThan) }
}

/**
 * The volumes that have the kind: `own` are those of the app, or the one that was named. Throws KnownError
 * if none has it.
 */
export function chooseVolumes(
  app: string,
  own: readonly AppVolume[],
  { name, kind }: CleanRequest,
): readonly AppVolume[] {
  const chosen = own.filter((one) => one.kind === kind)
  if (chosen.length > 0) return chosen
  const [named] = own
  throw new KnownError(
    name !== undefined && named
      ? `The volume ${name} of ${app} has the kind ${named.kind}, not ${kind}`
      : `${app} has no volume of the kind ${kind}`,
    { hint: `To list its volumes: dokku persist:list ${app}` },
  )
}
