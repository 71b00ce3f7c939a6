import { createHash } from 'node:crypto'
import { join, normalize } from 'node:path/posix'
import { Readable } from 'node:stream'
import type { Engine } from '../../../foundation/docker/engine'
import type { ContainerView } from '../../../foundation/docker/engine/container-view'
import { type TarEntry, readTar } from '../../../foundation/docker/engine/tar'
import { bytesOf } from '../../../foundation/files/walker'
import type { Entry, Tree } from '../core/manifest'
import { isMergeable } from '../core/merge'

/** Links that are followed to find the directory, as many as Linux follows in a path. */
const MOST_LINKS = 40
/** With fewer files each is asked for alone, instead of reading the whole directory again. */
const FEW = 100

/** A file of an image with its content. Read the content before the next file. */
export interface ImageFile {
  /** Relative to the directory. */
  readonly path: string
  readonly size: number
  /** Seconds since the epoch. */
  readonly mtime: number
  pieces(): AsyncIterable<Buffer>
}

/**
 * The directory of a path in an image, after symbolic links, as Docker finds it for a volume; null if
 * there is none.
 */
async function findDirectory(view: ContainerView, path: string): Promise<string | null> {
  let place = path
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const stat = await view.stat(place)
    if (stat?.kind !== 'link') return stat?.kind === 'directory' ? place : null
    place = normalize(join('/', stat.target.startsWith('/') ? '' : join(place, '..'), stat.target))
  }
  return null
}

/** The entries of an archive, each with its path below the directory. */
async function* entriesOf(
  archive: Readable,
): AsyncGenerator<readonly [path: string, entry: TarEntry]> {
  try {
    for await (const entry of readTar(archive as AsyncIterable<Buffer>, 'latin1')) {
      yield [below(entry.name), entry]
    }
  } finally {
    archive.destroy()
  }
}

/** The path of an archive's name below its directory: the first part is the directory's own name. */
function below(name: string): string {
  return name.split('/').slice(1).join('/').replace(/\/+$/, '')
}

/** Largest file, and bytes of all files, that are kept in memory while a directory is read. */
const SMALL = 1_000_000
const MOST_KEPT = 32_000_000

/** Contents of the files that changed, which are then not read a second time. */
class Kept {
  readonly files = new Map<string, ImageFile>()
  private bytes = 0

  constructor(private readonly before: Tree | undefined) {}

  mayKeep({ size }: TarEntry): boolean {
    return this.before !== undefined && size <= SMALL && this.bytes + size <= MOST_KEPT
  }

  /** Keeps a file if its content is not that of the image before. */
  add(path: string, hash: string, { size, mtime }: TarEntry, pieces: readonly Buffer[]): void {
    if (this.before?.get(path)?.hash === hash) return
    // A copy: a piece is a part of a much larger one.
    const content = Buffer.concat(pieces)
    this.bytes += size
    this.files.set(path, { path, size, mtime, pieces: () => Readable.from([content]) })
  }
}

async function readFileEntry(path: string, entry: TarEntry, kept: Kept): Promise<string> {
  const hash = createHash('sha256')
  const pieces: Buffer[] = []
  const mayKeep = kept.mayKeep(entry)
  for await (const piece of entry.pieces()) {
    hash.update(piece)
    if (mayKeep) pieces.push(piece)
  }
  const digest = hash.digest('hex')
  if (mayKeep) kept.add(path, digest, entry, pieces)
  return digest
}

async function readEntry(
  path: string,
  entry: TarEntry,
  tree: Tree,
  kept: Kept,
): Promise<Entry | undefined> {
  const { uid, gid, mode } = entry
  const common = { uid, gid, mode: mode & 0o7777, size: 0 }
  switch (entry.kind) {
    case 'directory':
      return { type: 'directory', hash: '', ...common }
    case 'link':
      return { type: 'link', hash: entry.target, ...common, mode: 0o777 }
    case 'file': {
      const hash = await readFileEntry(path, entry, kept)
      return { type: 'file', hash, ...common, size: entry.size }
    }
    case 'hard link':
      return tree.get(below(entry.target))
    case 'other':
      return undefined
  }
}

/** What an image has at a path: its directory after symbolic links, and its entries. */
export interface ImageTree {
  readonly directory: string
  readonly tree: Tree
  /** Files that were kept in memory. */
  readonly kept: ReadonlyMap<string, ImageFile>
}

/**
 * Reads the entries of a directory with their hashes; null if the image has no directory there. With the
 * tree of the image before, small files that differ from it are kept in memory for `readFiles`.
 */
export async function readTree(
  view: ContainerView,
  path: string,
  before?: Tree,
): Promise<ImageTree | null> {
  const directory = await findDirectory(view, path)
  const archive = directory === null ? null : await view.archive(directory)
  if (directory === null || !archive) return null
  const tree = new Map<string, Entry>()
  const kept = new Kept(before)
  for await (const [at, entry] of entriesOf(archive)) {
    const read = isMergeable(at) ? await readEntry(at, entry, tree, kept) : undefined
    if (read) tree.set(at, read)
  }
  return { directory, tree, kept: kept.files }
}

/** The path of a file as text; null if it is not UTF-8, which requests to the Engine cannot name. */
function asText(path: string): string | null {
  const text = bytesOf(path).toString()
  return Buffer.from(text).equals(bytesOf(path)) ? text : null
}

/** One file, by a request of its own. It has its content even where the directory has a hard link. */
async function* readAlone(
  view: ContainerView,
  directory: string,
  path: string,
): AsyncGenerator<ImageFile> {
  const text = asText(path)
  const archive = text === null ? null : await view.archive(join(directory, text))
  if (!archive) return
  for await (const [, entry] of entriesOf(archive)) {
    if (entry.kind === 'file') yield fileOf(path, entry)
    return
  }
}

function fileOf(path: string, entry: TarEntry): ImageFile {
  const { size, mtime } = entry
  return { path, size, mtime, pieces: () => entry.pieces() }
}

/**
 * Reads the wanted files of a directory, in any order. Every file comes once; one that cannot be read is
 * left out.
 */
export async function* readFiles(
  view: ContainerView,
  { directory, kept }: ImageTree,
  wanted: ReadonlySet<string>,
): AsyncGenerator<ImageFile> {
  const left = new Set(wanted)
  for (const path of wanted) {
    const file = kept.get(path)
    if (file && left.delete(path)) yield file
  }
  const isAlone = left.size <= FEW && [...left].every((path) => asText(path) !== null)
  const archive = isAlone ? null : await view.archive(directory)
  for await (const [path, entry] of archive ? entriesOf(archive) : []) {
    if (entry.kind === 'file' && left.delete(path)) yield fileOf(path, entry)
    if (left.size === 0) return
  }
  // Few files, or those that the archive has as hard links.
  for (const path of left) yield* readAlone(view, directory, path)
}

/**
 * Reads what an image has at a path, without running it: entries with hashes, and hard links as the file
 * that they name. Null if the image has no directory there. Throws KnownError if the image does not
 * exist.
 */
export function readImageTree(engine: Engine, image: string, path: string): Promise<Tree | null> {
  return engine.withContainerOf(image, async (view) => (await readTree(view, path))?.tree ?? null)
}
