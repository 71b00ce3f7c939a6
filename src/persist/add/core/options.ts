import { KnownError } from '../../../foundation/core/errors'
import { oneOf, parseBoolean } from '../../../foundation/core/property-values'
import { parseSize } from '../../../foundation/core/size'
import { type Kind, type OwnerRule, type VolumeOptions, KINDS } from '../../volumes/core/volume'

/** The options of `persist:add`, as typed. */
export interface AddWords {
  readonly kind?: string
  readonly size?: string
  readonly owner?: string
  readonly mode?: string
  readonly readonly?: boolean
  readonly process?: string
  readonly critical?: string | boolean
  readonly sensitive?: boolean
  readonly followImage?: boolean
  readonly description?: string
}

const LARGEST_ID = 4_294_967_294

function parseId(text: string, whole: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (id <= LARGEST_ID) return id
  throw new KnownError(`Invalid owner: ${JSON.stringify(whole)}`, {
    hint: 'An owner is auto, image, UID or UID:GID, in numbers of the container, such as 1000:1000.',
  })
}

/** Throws KnownError for anything but `auto`, `image`, `UID` and `UID:GID`. */
export function parseOwner(text: string): OwnerRule {
  if (text === 'auto' || text === 'image') return text
  const [uid = '', gid = uid, ...more] = text.split(':')
  return { uid: parseId(more.length > 0 ? '' : uid, text), gid: parseId(gid, text) }
}

/** Throws KnownError for anything but three octal digits, with or without a digit before them. */
export function parseMode(text: string): string {
  if (/^0?[0-7]{3}$/.test(text)) return `0${text.slice(-3)}`
  if (/^[1-7][0-7]{3}$/.test(text)) return `0${text}`
  throw new KnownError(`Invalid mode: ${JSON.stringify(text)}`, {
    hint: 'A mode is an octal number such as 0750.',
  })
}

function parseProcess(text: string): string {
  if (/^[a-z0-9](?:[a-zA-Z0-9_-]*[a-zA-Z0-9])?$/.test(text)) return text
  throw new KnownError(`Invalid process type: ${JSON.stringify(text)}`, {
    hint: 'Name a line of the Procfile, such as web or worker.',
  })
}

const LONGEST_DESCRIPTION = 200

function parseDescription(text: string): string {
  if (text.length <= LONGEST_DESCRIPTION && !/[\0-\x1f\x7f]/.test(text)) return text
  throw new KnownError('Invalid description', {
    hint: `A description is one line of at most ${LONGEST_DESCRIPTION} characters.`,
  })
}

/** The choices that were made: options that were not given are missing. Throws KnownError. */
export function parseOptions(words: AddWords): Partial<Omit<VolumeOptions, 'path'>> {
  const { kind, size, owner, mode, process, critical, description } = words
  return {
    ...(kind === undefined ? {} : { kind: oneOf('kind', ...KINDS)(kind) as Kind }),
    ...(size === undefined ? {} : { size: size === 'off' ? null : parseSize(size) }),
    ...(owner === undefined ? {} : { owner: parseOwner(owner) }),
    ...(mode === undefined ? {} : { mode: parseMode(mode) }),
    ...(words.readonly === undefined ? {} : { readonly: words.readonly }),
    ...(process === undefined ? {} : { process: parseProcess(process) }),
    ...(critical === undefined
      ? {}
      : {
          critical: critical === true || parseBoolean('critical')(String(critical)) === 'true',
        }),
    ...(words.sensitive === undefined ? {} : { sensitive: words.sensitive }),
    ...(words.followImage === undefined ? {} : { followImage: words.followImage }),
    ...(description === undefined ? {} : { description: parseDescription(description) }),
  }
}
