import { type Given, type Note, type Seen, type CopiedPlace, NOTHING_GIVEN } from './app'
import { KnownError } from '../../../foundation/core/errors'
import { isSystem } from '../../catalogue/core/system'

/** The property `given` of an app: what it has, and what a running command is giving it. */
export interface GivenRecord {
  readonly given: Given
  /** Written before the first step and deleted after the last one. A killed run leaves it. */
  readonly pending: Given | null
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

function damaged(app: string, what: string, cause?: unknown): KnownError {
  return new KnownError(`The record of ${what} ${app} is damaged`, {
    hint: `To write it again: dokku shared-cache:doctor ${app} --fix`,
    cause,
  })
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string'
}

function texts(value: Json | undefined): Record<string, string> | undefined {
  if (!isObject(value) || !Object.values(value).every(isText)) return undefined
  return value as Record<string, string>
}

function toGiven(value: Json): Given | undefined {
  if (!isObject(value) || !Array.isArray(value['mounts'])) return undefined
  const env = texts(value['env'])
  const layout = value['layout']
  const mounts = value['mounts'].filter(
    (m): m is Record<string, Json> => isObject(m) && isText(m['host']) && isText(m['container']),
  )
  if (!env || mounts.length !== value['mounts'].length) return undefined
  return {
    layout: layout === 'root' || layout === 'neutral' ? layout : null,
    mounts: mounts.map((m) => ({
      entry: isText(m['entry']) ? m['entry'] : null,
      host: m['host'] as string,
      container: m['container'] as string,
    })),
    env,
    notes: Array.isArray(value['notes']) ? (value['notes'] as unknown as Note[]) : [],
  }
}

function parseJson(text: string, app: string, what: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw damaged(app, what, cause)
  }
}

/** Parses the property `given` of an app. Throws KnownError if it is damaged. */
export function parseGiven(app: string, text: string | undefined): GivenRecord {
  if (!text) return { given: NOTHING_GIVEN, pending: null }
  const value = parseJson(text, app, 'what was given to')
  const given = toGiven(value)
  const next = isObject(value) ? value['pending'] : undefined
  const pending = next === undefined || next === null ? null : toGiven(next)
  if (!given || pending === undefined) throw damaged(app, 'what was given to')
  return { given, pending }
}

/** The text of the property `given`; '' if the app has nothing: the property is then deleted. */
export function formatGiven({ given, pending }: GivenRecord): string {
  const empty = given.mounts.length === 0 && Object.keys(given.env).length === 0
  if (empty && given.notes.length === 0 && pending === null) return ''
  return JSON.stringify(pending ? { ...given, pending } : given)
}

/** Parses what was copied from one path. Without a valid record the files are copied again. */
function toCopied(value: Json): CopiedPlace[] {
  if (!isObject(value) || !Array.isArray(value['needed'])) return []
  const { place, room: directory, modified } = value
  if (!isText(place) || !isText(directory) || !isText(modified)) return []
  return [{ place, directory, modified, needed: value['needed'].filter(isText) }]
}

/** Parses the browsers that images need. An invalid entry is dropped: its image is searched again. */
function toBrowsers(value: Json | undefined): Seen['browsers'] {
  if (!isObject(value)) return undefined
  const isNames = (names: Json): names is string[] | null =>
    names === null || (Array.isArray(names) && names.every(isText))
  const known = Object.entries(value).filter((pair): pair is [string, string[] | null] =>
    isNames(pair[1]),
  )
  return Object.fromEntries(known)
}

/** Parses the property `seen` of an app; null if it is not set. Throws KnownError if it is damaged. */
export function parseSeen(app: string, text: string | undefined): Seen | null {
  if (!text) return null
  const value = parseJson(text, app, 'the image of')
  const env = isObject(value) ? texts(value['env']) : undefined
  if (!isObject(value) || !env || !isText(value['image']) || !Array.isArray(value['holds'])) {
    throw damaged(app, 'the image of')
  }
  const { user, builder, processes, system } = value
  const browsers = toBrowsers(value['browsers'])
  return {
    image: value['image'],
    user: isText(user) ? user : '',
    env,
    places: value['holds'].filter(isText),
    copied: Array.isArray(value['taken']) ? value['taken'].flatMap(toCopied) : [],
    system: isText(system) && isSystem(system) ? system : '',
    builder: isText(builder) ? builder : '',
    processes: processes === 'root' || processes === 'other' ? processes : 'unknown',
    ...(browsers ? { browsers } : {}),
  }
}

/**
 * The text of the property `seen`. The keys are those of the first version, so that all versions can
 * read it.
 */
export function formatSeen({ places, copied, ...seen }: Seen): string {
  const { image, user, env, ...rest } = seen
  const taken = copied.map(({ place, directory: room, modified, needed }) => ({
    ...{ place, room, modified, needed },
  }))
  return JSON.stringify({ image, user, env, holds: places, taken, ...rest })
}
