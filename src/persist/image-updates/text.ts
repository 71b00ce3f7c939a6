import { posix } from 'node:path'
import { bytesOf } from '../../foundation/files/walker'
import type { Note } from './core/merge'

/** Lines that are shown of a merge. */
const MOST = 20

/** A path in containers. A name may contain anything: what a terminal would obey is escaped. */
function shown(volumePath: string, path: string): string {
  const whole = posix.join(volumePath, bytesOf(path).toString())
  return /[\0-\x1f\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]/.test(whole)
    ? JSON.stringify(whole).replace(
        /[\x7f-\x9f\ufffd\u202a-\u202e\u2066-\u2069]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : whole
}

function lineOf(volumePath: string, note: Note): string {
  const path = shown(volumePath, note.path)
  switch (note.kind) {
    case 'offered': {
      const beside = shown(volumePath, note.beside)
      if (note.why === 'deleted') {
        return `${path} was deleted here and changed in the image: it stays deleted, the new version is ${beside}`
      }
      const why =
        note.why === 'changed'
          ? 'was changed here and in the image'
          : 'became a file in the image, but has other files in it here'
      return `${path} ${why}: it stays, the image's version is ${beside}`
    }
    case 'not-offered':
      return `${path} was changed here and in the image: it stays. Remove ${path}.image-new to get the next version`
    case 'kept':
      return `${path} was changed here and removed from the image: it stays`
    case 'not-empty':
      return `${path} was removed from the image: it stays, because it has other files in it`
    case 'blocked': {
      const one = note.entries === 1
      return `${path} is not a directory here: ${note.entries} ${one ? 'entry' : 'entries'} of the image below it ${one ? 'was' : 'were'} not copied`
    }
  }
}

/** The lines of a volume that follows the image; none where nothing happened. */
export function followedLines(
  name: string,
  { changes, lines }: { readonly changes: number; readonly lines: readonly string[] },
): readonly string[] {
  const entries = changes === 1 ? '1 entry' : `${changes} entries`
  const done = changes > 0 ? [`Volume ${name}: ${entries} updated from the image`] : []
  return [...done, ...lines.map((line) => `Volume ${name}: ${line}`)]
}

/** The lines of a merge for the deploy log. `volumePath` is where containers see the volume. */
export function describeNotes(volumePath: string, notes: readonly Note[]): readonly string[] {
  const lines = notes.slice(0, MOST).map((note) => lineOf(volumePath, note))
  const more = notes.length - lines.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}
