import { KnownError } from '../../../foundation/core/errors'

/** A directory in which people keep things. */
export interface UniversalPlace {
  /** The word for `--with` and `--without`, and the name of its volume. */
  readonly word: string
  readonly path: string
  readonly byDefault: boolean
  /** What it means to keep it, in one line. */
  readonly consequence: string
}

export const PLACES: readonly UniversalPlace[] = [
  {
    word: 'workspace',
    path: '/workspace',
    byDefault: true,
    consequence: 'projects and downloads stay',
  },
  {
    word: 'home',
    path: '/home',
    byDefault: true,
    consequence: 'the home directories of users stay, with their settings and histories',
  },
  {
    word: 'root',
    path: '/root',
    byDefault: true,
    consequence: 'the home directory of root stays, with its settings and histories',
  },
  {
    word: 'opt',
    path: '/opt',
    byDefault: true,
    consequence: 'programs that were unpacked there stay',
  },
  { word: 'srv', path: '/srv', byDefault: true, consequence: 'served files stay' },
  {
    word: 'etc',
    path: '/etc',
    byDefault: false,
    consequence:
      'settings stay; a file that was changed here no longer follows the image, and users and services are those of the volume',
  },
  {
    word: 'var',
    path: '/var',
    byDefault: false,
    consequence:
      'databases, logs and the package list stay; installed programs are in /usr and do not, so use the packages of the image',
  },
  {
    word: 'usr-local',
    path: '/usr/local',
    byDefault: false,
    consequence:
      'programs that were installed there stay; libraries that they need from /usr are those of the image',
  },
]

function parseWords(text: string | undefined, option: string): readonly string[] {
  const words = (text ?? '').split(',').filter((word) => word !== '')
  const known = PLACES.map(({ word }) => word)
  const odd = words.find((word) => !known.includes(word))
  if (odd === undefined) return words
  throw new KnownError(`Unknown place for ${option}: ${JSON.stringify(odd)}`, {
    hint: `Places are: ${known.join(', ')}`,
  })
}

/**
 * The places that are meant: those by default, with and without some. Throws KnownError for an unknown
 * word, for one in both lists, and if nothing is left.
 */
export function choosePlaces(
  withWords: string | undefined,
  withoutWords: string | undefined,
): readonly UniversalPlace[] {
  const more = parseWords(withWords, '--with')
  const fewer = parseWords(withoutWords, '--without')
  const both = more.find((word) => fewer.includes(word))
  if (both !== undefined) throw new KnownError(`${both} is in --with and in --without`)
  const chosen = PLACES.filter(
    ({ word, byDefault }) => (byDefault || more.includes(word)) && !fewer.includes(word),
  )
  if (chosen.length === 0) throw new KnownError('No place is left: name fewer in --without')
  return chosen
}
