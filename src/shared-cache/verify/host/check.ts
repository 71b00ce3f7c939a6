import { lstatSync, readlinkSync } from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import type { Check, Task, Verdict } from '../../package-managers/core/task'
import { at, codeOf, isRefusal, type DirectoryWalker } from '../../../foundation/files/walker'
import { checkDownload } from '../../package-managers/apt/host/verify'
import { checkCrate, checkUnpacked } from '../../package-managers/cargo/host/verify'
import {
  Damaged,
  stepFor,
  Unprovable,
  wholeOf,
  withDirectory,
  withFile,
  type OpenFile,
} from '../../package-managers/host/file'
import {
  checkAbout,
  checkAction,
  checkModule,
  checkOutput,
  checkProgram,
  checkSource,
} from '../../package-managers/go/host/verify'
import { checkContent, checkIndex } from '../../package-managers/npm/host/verify'
import { checkStored } from '../../package-managers/pnpm/host/verify'
import { checkHead, checkOrigin } from '../../package-managers/pip/host/verify'
import { phasesFor } from './phases'
import { checkAnswer, checkArchive, checkLink } from '../../package-managers/uv/host/verify'
import { checkZip } from '../../package-managers/host/zip'

/** Throws Damaged or Unprovable; returns false if another check covers the entry. */
type Checker = (place: Place) => unknown

interface Place {
  readonly path: string
  readonly name: string
  /** Its open parent directory, until the walker moves on. */
  readonly parent: number
  readonly way: DirectoryWalker
}

const fileCheck =
  (check: (file: OpenFile, place: Place) => unknown): Checker =>
  (place) =>
    withFile(place.parent, place.name, (file) => check(file, place))

const CHECKERS: Readonly<Record<Check, Checker>> = {
  content: fileCheck((file, { path }) => checkContent(file, path)),
  index: fileCheck(checkIndex),
  crate: fileCheck((file, { path, way }) => checkCrate(file, path, way)),
  unpacked: ({ parent, path }) => checkUnpacked(parent, path),
  head: fileCheck((file, { path, parent }) => checkHead(file, path, parent)),
  body: ({ parent, name }) => {
    const head = name.slice(0, -'.body'.length)
    if (lstatSync(at(parent, head), { throwIfNoEntry: false })) return false
    throw new Damaged('it has no head')
  },
  wheel: fileCheck((file) => checkZip(wholeOf(file))),
  origin: fileCheck(checkOrigin),
  archive: ({ parent, name }) => withDirectory(parent, name, checkArchive),
  link: ({ parent, name, way, path }) => checkLink(way, path, readlinkSync(at(parent, name))),
  answer: fileCheck((file, { path }) => checkAnswer(file, path)),
  revision: ({ parent, name }) =>
    withDirectory(parent, name, (directory) => {
      const mark = at(directory, 'INSTALLATION_COMPLETE')
      if (lstatSync(mark, { throwIfNoEntry: false })) throw new Unprovable('a browser')
      throw new Damaged('it was not fully installed: INSTALLATION_COMPLETE is missing')
    }),
  module: fileCheck((file, { path, parent }) => checkModule(file, path, parent)),
  source: ({ parent, path, way }) => checkSource(parent, path, way),
  about: fileCheck((file, { name }) => checkAbout(file, name)),
  output: fileCheck((file, { name }) => checkOutput(file, name)),
  program: ({ parent, name }) =>
    withDirectory(parent, name, (directory) => checkProgram(directory, name)),
  action: fileCheck((file, { name }) => checkAction(file, name)),
  stored: fileCheck((file, { path }) => checkStored(file, path)),
  packed: fileCheck((file) => checkZip(wholeOf(file))),
  download: fileCheck((file, { name }) => checkDownload(file, name)),
  compiled: fileCheck((file) => checkZip(wholeOf(file))),
  odd: () => {
    throw new Damaged('it is not what the tool writes at this path')
  },
  opaque: () => {
    throw new Unprovable('nothing is known of it')
  },
}

/** Error codes of a disk that cannot read, or of a damaged file system: 117 is EUCLEAN. */
const BROKEN = ['EIO', 'EBADMSG', 'Unknown system error -117']
const MISSING = ['ENOENT', 'ENOTDIR', 'ELOOP']

/** Checks one entry, reached through open directories. undefined if another task covers it. */
export async function checkTask(task: Task, way: DirectoryWalker): Promise<Verdict | undefined> {
  const { path } = task
  try {
    const [parent, name] = way.toParent(path)
    const result = CHECKERS[task.check]({ path, name, parent, way })
    if ((result instanceof Promise ? await result : result) === false) return undefined
    return { state: 'proven' }
  } catch (error) {
    if (error instanceof Unprovable) return { state: 'unprovable' }
    if (error instanceof Damaged) return damaged(task, way, error.message)
    const code = codeOf(error) ?? ''
    if (error instanceof KnownError || MISSING.includes(code)) return { state: 'busy' }
    if (BROKEN.includes(code)) return damaged(task, way, `it cannot be read (${code})`)
    if (isRefusal(error)) return { state: 'unread' }
    throw error
  }
}

/** The verdict on a damaged entry; `busy` if it changed meanwhile, or is being written. */
function damaged(task: Task, way: DirectoryWalker, why: string): Verdict {
  const own = stepFor(way, task.path)
  if (own?.identity !== task.identity || task.young) return { state: 'busy' }
  return { state: 'damaged', why, phases: phasesFor(task, own, way) }
}
