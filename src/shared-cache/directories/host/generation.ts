import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { at, codeOf, freshName, isRefusal, TO_NEW_FILE } from '../../../foundation/files/walker'

/**
 * The generation of a cache that apps need at run time: random digits that change before every removal
 * from it. They are part of the names of its devices, so a build cannot reuse a layer from Docker's
 * build cache whose browsers were deleted. A cache that was deleted gets another generation too.
 */
const FILE = '.shared-cache-edition'

const GENERATION = /^[0-9a-f]{8}$/

/** The generation of the cache in an open directory; '' if missing or invalid. */
export function readGeneration(directory: number): string {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const fd = openSync(at(directory, FILE), flags)
    try {
      const text = readFileSync(fd, 'utf8').trim()
      return GENERATION.test(text) ? text : ''
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (isRefusal(error)) return ''
    throw error
  }
}

/** Replaces the generation of the cache in an open directory. */
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
    // A directory has that name. Without a generation no build uses this cache.
    if (codeOf(error) !== 'EISDIR') throw error
  }
}

/** The generation of the cache in an open directory; made if it is missing. */
export function ensureGeneration(directory: number): string {
  if (readGeneration(directory) === '') renewGeneration(directory)
  return readGeneration(directory)
}
