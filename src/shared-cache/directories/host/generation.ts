import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { at, codeOf, freshName, isRefusal, TO_NEW_FILE } from '../../../foundation/files/walker'

/**
 * The generation of a cache that apps need: some letters that are others once anything was taken out of
 * it. They are in the names of its devices, so that no build has from Docker's cache a layer whose
 * browsers are gone. A cache that somebody deleted comes back with another generation too.
 */
const FILE = '.shared-cache-edition'

const EDITION = /^[0-9a-f]{8}$/

/** The generation of the cache in an open directory; '' where there is none, or nonsense. */
export function readGeneration(directory: number): string {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const fd = openSync(at(directory, FILE), flags)
    try {
      const text = readFileSync(fd, 'utf8').trim()
      return EDITION.test(text) ? text : ''
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (isRefusal(error)) return ''
    throw error
  }
}

/** Gives the cache in an open directory another generation: written beside, then renamed. */
export function renewGeneration(directory: number): void {
  const beside = freshName(`${FILE}-`)
  const fd = openSync(at(directory, beside), TO_NEW_FILE, 0o644)
  try {
    writeSync(fd, randomBytes(4).toString('hex'))
  } finally {
    closeSync(fd)
  }
  try {
    renameSync(at(directory, beside), at(directory, FILE))
  } catch (error) {
    // Somebody put a directory there: without an generation no build gets this cache.
    if (codeOf(error) !== 'EISDIR') throw error
  }
}

/** The generation of the cache in an open directory, made where there is none. */
export function ensureGeneration(directory: number): string {
  if (readGeneration(directory) === '') renewGeneration(directory)
  return readGeneration(directory)
}
