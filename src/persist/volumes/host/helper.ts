import { KnownError } from '../../../foundation/core/errors'
import { type HelperVerb, say } from '../../../foundation/helper/serve'
import { isEntry } from '../core/names'
import type { User } from '../core/volume'
import {
  beginFilling,
  destroyDirectory,
  endFilling,
  inspectDirectory,
  inspectLimit,
  limitDirectory,
  makeDirectory,
  measureDirectory,
} from './directories'

/** The name of a volume. Throws KnownError for anything else, above all for a path. */
export function parseEntry(text = ''): string {
  if (isEntry(text)) return text
  throw new KnownError(`Not the name of a volume: ${JSON.stringify(text)}`)
}

/** `UID:GID`, or `-` for none. */
function parseUser(text = ''): User | null {
  if (text === '-') return null
  const [, uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? []
  if (uid === undefined) throw new KnownError(`Not a user and group: ${JSON.stringify(text)}`)
  return { uid: Number(uid), gid: Number(gid) }
}

/** An octal mode, or `-` for none. */
function parseMode(text = ''): string | null {
  if (text === '-') return null
  if (/^[0-7]{3,4}$/.test(text)) return text
  throw new KnownError(`Not a mode: ${JSON.stringify(text)}`)
}

/** Bytes of a limit, or `off` for none. */
function parseLimit(text = ''): number | null {
  if (text === 'off') return null
  if (/^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new KnownError(`Not a limit: ${JSON.stringify(text)}`)
}

/** The verbs of the root helper for the directories of volumes. */
export const VOLUME_VERBS: Readonly<Record<string, HelperVerb>> = {
  async inspect({ root }, names) {
    for (const entry of names.map(parseEntry)) {
      const directory = await inspectDirectory(root, entry)
      say({ entry, directory, ...(await inspectLimit(root, entry)) })
    }
    return 0
  },
  async make({ root }, [entry, user, mode]) {
    await makeDirectory(root, parseEntry(entry), parseUser(user), parseMode(mode))
    say({ made: true })
    return 0
  },
  async 'begin-filling'({ root }, [entry]) {
    await beginFilling(root, parseEntry(entry))
    say({ made: true })
    return 0
  },
  async 'end-filling'({ root }, [entry, user, mode]) {
    say({ filled: await endFilling(root, parseEntry(entry), parseUser(user), parseMode(mode)) })
    return 0
  },
  async limit({ root }, [entry, bytes]) {
    await limitDirectory(root, parseEntry(entry), parseLimit(bytes))
    say({ limited: true })
    return 0
  },
  async destroy({ root }, [entry]) {
    await destroyDirectory(root, parseEntry(entry))
    say({ destroyed: true })
    return 0
  },
  async measure({ root }, names) {
    for (const entry of names.map(parseEntry)) {
      say({ entry, ...(await measureDirectory(root, entry)) })
    }
    return 0
  },
}
