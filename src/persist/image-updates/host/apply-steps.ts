import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import {
  DirectoryWalker,
  TO_NEW_FILE,
  at,
  bytesOf,
  codeOf,
  isRefusal,
  openDirectory,
  withName,
} from '../../../foundation/files/walker'
import { toKnownError } from '../../../foundation/process/system-error'
import { type Entry, isSameEntry } from '../core/manifest'
import { type HelperStep, type PutStep, PART } from '../core/step'
import {
  type Found,
  type Place,
  findAt,
  identityAt,
  isNothing,
  opened,
  parentIn,
  stateOf,
} from './state'

/** Why a step was not applied: what is there is not what the plan expected. */
const CHANGED = 'it has changed'

/** Codes after which no other step can succeed. */
const STOP = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']

/** What a failed expectation throws. */
class Changed extends Error {}

/**
 * Applies the steps of a merge in the open directory of a volume. Containers can change everything in it
 * at any moment. New files are made under the name `PART` in that directory, and get their place by one
 * rename, or by a link that fails if the name exists: after a kill each path has the old or the new
 * version.
 */
export class Merger {
  private readonly walker: DirectoryWalker

  /** Throws KnownError if what a killed run left cannot be removed. */
  constructor(private readonly root: number) {
    this.walker = new DirectoryWalker(root, bytesOf)
    this.clear()
  }

  /**
   * Applies one step. Returns why it was not applied; null if it was. Throws the system's error for a
   * full or failing disk; what was at the path is then unchanged.
   */
  async apply(step: HelperStep, content: AsyncIterable<Buffer>): Promise<string | null> {
    try {
      const place = parentIn(this.walker, step.path)
      if (!place) throw new Changed()
      await this.change(place, step, content)
      // The open directories may be those that were removed.
      if (step.kind === 'rmdir' || step.kind === 'mkdir') this.walker.close()
      return null
    } catch (error) {
      this.clear()
      if (error instanceof Changed || isNothing(error)) return CHANGED
      if (!isRefusal(error) || STOP.includes(codeOf(error) ?? '')) throw error
      const known = toKnownError(error, step.path)
      return known instanceof Error ? known.message : String(known)
    }
  }

  close(): void {
    this.walker.close()
  }

  private change(place: Place, step: HelperStep, content: AsyncIterable<Buffer>) {
    switch (step.kind) {
      case 'remove':
        return remove(place, step.expected)
      case 'rmdir':
        return removeDirectory(place, step.expected)
      case 'set':
        return setAttributes(place, step.expected, step.wanted)
      case 'mkdir':
        return this.makeDirectory(place, step.wanted)
      case 'link':
        return this.link(place, step)
      case 'write':
        return this.write(place, step, content)
    }
  }

  private async write(
    place: Place,
    { expected, wanted, mtime }: PutStep & { readonly mtime?: number },
    content: AsyncIterable<Buffer>,
  ): Promise<void> {
    const found = expect(place, expected)
    const hash = createHash('sha256')
    const fd = openSync(at(this.root, PART), TO_NEW_FILE, 0o600)
    try {
      for await (const piece of content) {
        hash.update(piece)
        for (let from = 0; from < piece.length;) from += writeSync(fd, piece, from)
      }
      if (hash.digest('hex') !== wanted.hash) {
        throw new KnownError('What came is not what the image has')
      }
      // A new owner removes the setuid bit, so the mode comes last.
      fchownSync(fd, wanted.uid, wanted.gid)
      fchmodSync(fd, wanted.mode)
      if (mtime !== undefined) futimesSync(fd, mtime, mtime)
    } finally {
      closeSync(fd)
    }
    this.place(place, found)
  }

  private link(place: Place, { expected, wanted }: PutStep): void {
    const found = expect(place, expected)
    symlinkSync(bytesOf(wanted.hash), at(this.root, PART))
    withName(this.root, PART, (fd, stats) => {
      // Somebody else may have put another file there: its owner stays.
      const state = stateOf([this.root, PART], fd, stats, 0)
      if (state.type !== 'link' || state.hash !== wanted.hash) throw new Changed()
      chownSync(opened(fd), wanted.uid, wanted.gid)
    })
    this.place(place, found)
  }

  private makeDirectory([parent, name]: Place, { uid, gid, mode }: Entry): void {
    mkdirSync(at(this.root, PART), { mode: 0o700 })
    const fd = openDirectory(this.root, PART)
    try {
      // Somebody else may have put another directory there: its owner stays.
      const stats = fstatSync(fd)
      const isOurs = stats.uid === process.geteuid?.() && (stats.mode & 0o777) === 0o700
      if (!isOurs || readdirSync(at(fd, '.')).length > 0) throw new Changed()
      fchownSync(fd, uid, gid)
      fchmodSync(fd, mode)
    } finally {
      closeSync(fd)
    }
    if (identityAt(parent, name) !== null) throw new Changed()
    renameSync(at(this.root, PART), at(parent, bytesOf(name)))
  }

  /** Gives the new file its place, if nothing has changed there since. */
  private place([parent, name]: Place, found: Found | null): void {
    const target = at(parent, bytesOf(name))
    if (found) {
      if (identityAt(parent, name) !== found.identity) throw new Changed()
      renameSync(at(this.root, PART), target)
      return
    }
    try {
      // Unlike a rename, this never replaces a file that was created in the meantime.
      linkSync(at(this.root, PART), target)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw new Changed()
      throw error
    }
    unlinkSync(at(this.root, PART))
  }

  /** Removes what this run or a killed one was about to place. */
  private clear(attempts = 10): void {
    const path = at(this.root, PART)
    const stats = lstatSync(path, { throwIfNoEntry: false })
    if (!stats) return
    try {
      if (stats.isDirectory()) rmdirSync(path)
      else unlinkSync(path)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return
      // A container has replaced it in between.
      const isOther = code === 'ENOTDIR' || code === 'EISDIR'
      if (isOther && attempts > 1) {
        this.clear(attempts - 1)
        return
      }
      if (!isOther && code !== 'ENOTEMPTY') throw error
      throw new KnownError(`${PART} in the volume is in the way`, {
        hint: `Remove that directory, or give it another name, then deploy again.`,
      })
    }
  }
}

/** Reads what is at a place. Throws Changed if it is not as expected. */
function expect(place: Place, expected: Entry | null): Found | null {
  const found = findAt(place, expected?.size ?? 0)
  if (!isSameEntry(found?.state as Entry | undefined, expected)) throw new Changed()
  return found
}

function remove(place: Place, expected: Entry): void {
  const found = expect(place, expected)
  const [parent, name] = place
  if (identityAt(parent, name) !== found?.identity) throw new Changed()
  unlinkSync(at(parent, bytesOf(name)))
}

function removeDirectory(place: Place, expected: Entry): void {
  expect(place, expected)
  const [parent, name] = place
  try {
    rmdirSync(at(parent, bytesOf(name)))
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw new Changed()
    throw error
  }
}

/** Sets owner and mode of the file, directory or link itself, whatever its name leads to by then. */
function setAttributes([parent, name]: Place, expected: Entry, wanted: Entry): void {
  withName(parent, bytesOf(name), (fd, stats) => {
    if (!isSameEntry(stateOf([parent, name], fd, stats, expected.size) as Entry, expected))
      throw new Changed()
    chownSync(opened(fd), wanted.uid, wanted.gid)
    if (!stats.isSymbolicLink()) chmodSync(opened(fd), wanted.mode)
  })
}
