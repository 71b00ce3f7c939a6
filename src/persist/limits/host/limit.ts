import {
  closeSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
} from 'node:fs'
import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { fileSystemOf } from '../../../foundation/core/file-system'
import { at, codeOf, openDirectory, seenByOthers } from '../../../foundation/files/walker'
import { type Outcome, NO_SUCH_PROGRAM, call } from '../../../foundation/process/call'
import type { LimitState } from '../core/limit'
import { type Project, parseProjectLimit, parseProjects, parseQgroup } from '../core/outputs'
import {
  type Argv,
  PACKAGES,
  SHOW_QGROUP,
  createSubvolume,
  limitProject,
  limitQgroup,
  reportProjects,
  setProject,
  showProjects,
} from '../core/programs'
import { isOurProject, projectId } from '../core/project'
import { type Way, wayOf } from '../core/way'

/**
 * Limits of the directories of volumes, for the root helper. Every program runs in an open directory, and
 * changes nothing below it.
 */

/** Dokku's storage. */
export interface Storage {
  /** Its open directory, and its path, no part of which is a link. */
  readonly fd: number
  readonly path: string
  /** The text of `/proc/self/mountinfo`. */
  readonly mountinfo?: string
}

type ProjectWay = Extract<Way, { kind: 'project' }>

/** The inode of the root of every subvolume (BTRFS_FIRST_FREE_OBJECTID). */
const SUBVOLUME = 256

function wayAt({ path, mountinfo }: Storage, name: string): Way {
  const text = mountinfo ?? readFileSync('/proc/self/mountinfo', 'utf8')
  return wayOf(fileSystemOf(text, join(path, name)))
}

function run(directory: number, [program, ...args]: Argv): Promise<Outcome> {
  // The messages of the programs are parsed.
  return call(program, args, { cwd: seenByOthers(directory), env: { LC_ALL: 'C' } })
}

/** Why a program failed, in one line. */
function failure([program]: Argv, { exit, stderr, stdout }: Outcome): string {
  if (exit === NO_SUCH_PROGRAM) {
    return `${program} is missing: apt-get install ${PACKAGES[program] ?? program}`
  }
  const said = (stderr || stdout).trim().split('\n').at(-1) ?? ''
  return said.replace(/^ERROR: /, '') || `${program} failed`
}

async function runOrThrow(directory: number, argv: Argv): Promise<void> {
  const outcome = await run(directory, argv)
  if (outcome.exit !== 0) throw new KnownError(failure(argv, outcome))
}

/** Calls a function with an open directory; undefined if there is none. */
async function inDirectory<T>(
  { fd }: Storage,
  name: string,
  use: (directory: number | undefined) => Promise<T>,
): Promise<T> {
  if (!lstatSync(at(fd, name), { throwIfNoEntry: false })) return use(undefined)
  const directory = openDirectory(fd, name)
  try {
    return await use(directory)
  } finally {
    closeSync(directory)
  }
}

async function readQgroup(
  { fd }: Storage,
  { mountPoint }: Extract<Way, { kind: 'btrfs' }>,
  directory: number | undefined,
): Promise<LimitState> {
  if (directory !== undefined && fstatSync(directory).ino !== SUBVOLUME) {
    return { watched: 'its directory is not a btrfs subvolume, as those of new volumes are' }
  }
  const outcome = await run(directory ?? fd, SHOW_QGROUP)
  if (/quotas? not enabled/i.test(outcome.stderr)) {
    return { watched: `quotas are off. To turn them on: btrfs quota enable ${mountPoint}` }
  }
  if (outcome.exit !== 0) return { watched: failure(SHOW_QGROUP, outcome) }
  return { limit: directory === undefined ? null : parseQgroup(outcome.stdout) }
}

/** The project of the open directory. Throws KnownError if it cannot be read. */
async function readProject(directory: number): Promise<Project> {
  const argv = showProjects(['.'])
  const outcome = await run(directory, argv)
  const project = parseProjects(outcome.stdout).get('.')
  if (outcome.exit !== 0 || !project) throw new KnownError(failure(argv, outcome))
  return project
}

async function readProjectLimit(
  { fd }: Storage,
  way: ProjectWay,
  directory: number | undefined,
): Promise<LimitState> {
  const argv = reportProjects(way)
  const outcome = await run(fd, argv)
  if (outcome.exit !== 0) return { watched: failure(argv, outcome) }
  if (directory === undefined) return { limit: null }
  try {
    const { id, inherited } = await readProject(directory)
    if (isOurProject(id) && inherited) return { limit: parseProjectLimit(outcome.stdout, id) }
    if (id !== 0) return { watched: `its directory belongs to the project ${id}` }
    // chattr follows links below a directory, which a container could make: files stay as they are.
    const isEmpty = readdirSync(at(directory, '.')).length === 0
    return isEmpty
      ? { limit: null }
      : { watched: 'its files do not belong to a project, as those of new volumes do' }
  } catch (error) {
    if (error instanceof KnownError) return { watched: error.message }
    throw error
  }
}

function readIn(
  storage: Storage,
  way: Way,
  directory: number | undefined,
): LimitState | Promise<LimitState> {
  switch (way.kind) {
    case 'btrfs':
      return readQgroup(storage, way, directory)
    case 'project':
      return readProjectLimit(storage, way, directory)
    case 'watched':
      return { watched: way.reason }
  }
}

/**
 * The limit of a volume, or why it cannot have one; for a missing directory what a new one could have.
 * Changes nothing. Throws KnownError if the directory is a link.
 */
export function readLimit(storage: Storage, entry: string): Promise<LimitState> {
  return inDirectory(storage, entry, async (directory) =>
    readIn(storage, wayAt(storage, entry), directory),
  )
}

/** The project IDs of the other directories in storage. */
async function projectsOfOthers({ fd }: Storage, name: string): Promise<ReadonlySet<number>> {
  const names = readdirSync(at(fd, '.'), { withFileTypes: true })
    .filter((one) => one.isDirectory() && one.name !== name)
    .map((one) => one.name)
  if (names.length === 0) return new Set()
  const { stdout } = await run(fd, showProjects(names))
  return new Set([...parseProjects(stdout).values()].map(({ id }) => id))
}

/** Gives an empty directory a project of its own, and returns the ID. */
async function joinProject(
  storage: Storage,
  directory: number,
  name: string,
  entry: string,
): Promise<number> {
  const id = projectId(entry, await projectsOfOthers(storage, name))
  await runOrThrow(directory, setProject(id))
  return id
}

/** Another run may make it at the same time. */
function makeIfMissing(path: string, mode: number): void {
  try {
    mkdirSync(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

/**
 * Makes a directory in storage that can be limited if the file system allows it: a
 * subvolume, or a project of its own. `entry` is the volume that it is for. One that exists stays.
 */
export async function makeLimitable(
  storage: Storage,
  name: string,
  entry: string,
  mode = 0o755,
): Promise<void> {
  const { fd } = storage
  if (lstatSync(at(fd, name), { throwIfNoEntry: false })) return
  const way = wayAt(storage, name)
  const isSubvolume = way.kind === 'btrfs' && (await run(fd, createSubvolume(name))).exit === 0
  // A volume without a limit is better than none.
  if (!isSubvolume) makeIfMissing(at(fd, name), mode)
  await inDirectory(storage, name, async (directory) => {
    if (directory === undefined) return
    if (isSubvolume) fchmodSync(directory, mode)
    if (way.kind !== 'project') return
    await joinProject(storage, directory, name, entry).catch((error: unknown) => {
      if (!(error instanceof KnownError)) throw error
    })
  })
}

async function setProjectLimit(
  storage: Storage,
  way: ProjectWay,
  directory: number,
  entry: string,
  bytes: number | null,
): Promise<void> {
  const { id } = await readProject(directory)
  if (id === 0 && bytes === null) return
  const own = id === 0 ? await joinProject(storage, directory, entry, entry) : id
  await runOrThrow(storage.fd, limitProject(way, own, bytes))
}

/**
 * Sets the limit of a volume in bytes, in whole blocks of 1024; null for none. Throws KnownError if it
 * cannot be enforced.
 */
export function setLimit(storage: Storage, entry: string, bytes: number | null): Promise<void> {
  const refuse = (why: string) =>
    new KnownError(`The limit of the volume ${entry} cannot be enforced: ${why}`, {
      hint: 'Repair that and run this again, or do without the limit: --size off.',
    })
  return inDirectory(storage, entry, async (directory) => {
    if (directory === undefined) throw refuse('its directory is missing')
    const way = wayAt(storage, entry)
    const before = await readIn(storage, way, directory)
    if ('watched' in before) throw refuse(before.watched)
    if (way.kind === 'btrfs') await runOrThrow(directory, limitQgroup(bytes))
    if (way.kind === 'project') await setProjectLimit(storage, way, directory, entry, bytes)
    // xfs_quota exits with 0 when it fails.
    const after = await readIn(storage, way, directory)
    if ('watched' in after || after.limit !== bytes) throw refuse('the file system did not keep it')
  })
}
