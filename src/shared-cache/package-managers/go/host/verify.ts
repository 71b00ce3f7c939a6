import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import {
  ACTION_LENGTH,
  actionIn,
  isVersionInfo,
  moduleHash,
  namesModule,
  unescapeGo,
} from '../core/entries'
import { nameOf } from '../../core/tree'
import { at, codeOf, type DirectoryWalker } from '../../../../foundation/files/walker'
import {
  Damaged,
  readWhole,
  Unprovable,
  wholeOf,
  withDirectory,
  withFile,
  type OpenFile,
} from '../../host/file'
import { hashFile } from '../../host/hash'
import { checkZip, hashMembers } from '../../host/zip'

/** More files, and more levels, than any module has. */
const MOST_FILES = 100_000
const DEEPEST = 60

/** Names of files and their sha256. */
type Hashes = ReadonlyMap<string, string>

/** The hash of a module's files, in any order (`Hash1` of golang.org/x/mod/sumdb/dirhash). */
function moduleHashOf(hashes: Hashes): string {
  const byName = [...hashes].map(([name, hash]) => ({ name: Buffer.from(name), hash }))
  byName.sort((one, other) => Buffer.compare(one.name, other.name))
  const all = createHash('sha256')
  for (const { name, hash } of byName) all.update(`${hash}  `).update(name).update('\n')
  return `h1:${all.digest('base64')}`
}

/**
 * The hash in the file next to a module's zip; undefined if it is missing. Throws Damaged if it is
 * invalid.
 */
function readHash(parent: number, name: string): string | undefined {
  try {
    const hash = moduleHash(withFile(parent, name, readWhole).toString('latin1'))
    if (hash === undefined) throw new Damaged('its .ziphash is truncated or changed')
    return hash
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Checks the zip of a module against its hash file. Without that, only as a zip: Go fetches both. */
export async function checkModule(file: OpenFile, path: string, parent: number): Promise<void> {
  const expected = readHash(parent, nameOf(path).replace(/\.zip$/, '.ziphash'))
  if (expected === undefined) {
    await checkZip(wholeOf(file))
    throw new Unprovable('no hash is beside it')
  }
  if (moduleHashOf(await hashMembers(wholeOf(file))) !== expected) {
    throw new Damaged('its hash does not match its .ziphash')
  }
}

/** Checks the source directory of a module: its files must have the hash of its zip. */
export function checkSource(parent: number, path: string, way: DirectoryWalker): void {
  const [, module = '', version = ''] = /^mod\/(.+)@([^@/]+)$/.exec(path) ?? []
  const hashes = new Map<string, string>()
  const prefix = unescapeGo(`${module}@${version}/`)
  withDirectory(parent, nameOf(path), (directory) => hashFiles(directory, prefix, hashes, DEEPEST))
  const [beside, name] = way.toParent(`mod/cache/download/${module}/@v/${version}.ziphash`)
  const expected = readHash(beside, name)
  if (expected === undefined) throw new Unprovable('nothing says what is in it')
  if (moduleHashOf(hashes) !== expected) {
    throw new Damaged('it does not match the hash of its module')
  }
}

function hashFiles(
  directory: number,
  prefix: string,
  hashes: Map<string, string>,
  depth: number,
): void {
  if (depth === 0 || hashes.size > MOST_FILES) throw new Unprovable('too large')
  for (const entry of readdirSync(at(directory, '.'), { withFileTypes: true })) {
    const { name } = entry
    if (entry.isDirectory()) {
      const inner = (fd: number) => hashFiles(fd, `${prefix}${name}/`, hashes, depth - 1)
      withDirectory(directory, name, inner)
    } else {
      const hash = withFile(directory, name, (file) => hashFile(file, 'sha256'))
      hashes.set(prefix + name, hash ?? '')
    }
  }
}

/** Checks a build output: it is named by its sha256. */
export function checkOutput(file: OpenFile, name: string): void {
  if (hashFile(file, 'sha256') !== name.slice(0, 64)) {
    throw new Damaged('its sha256 does not match its name')
  }
}

/** Checks a built program: a file of any name in a directory named by its sha256. */
export function checkProgram(directory: number, name: string): void {
  const files = readdirSync(at(directory, '.'))
  for (const each of files) withFile(directory, each, (file) => checkOutput(file, name))
  if (files.length === 0) throw new Unprovable('nothing is in it yet')
}

/** Checks an action file: it contains its own name. Its output has no checksum. */
export function checkAction(file: OpenFile, name: string): void {
  const text = file.size === ACTION_LENGTH ? readWhole(file).toString('latin1') : ''
  if (actionIn(text) !== name.slice(0, 64)) throw new Damaged('it is truncated or changed')
  throw new Unprovable('nothing says what came of it')
}

/** Checks the metadata of a version next to its zip. */
export function checkAbout(file: OpenFile, name: string): void {
  const text = readWhole(file).toString()
  const fits = name.endsWith('.info')
    ? isVersionInfo(text)
    : name.endsWith('.mod')
      ? namesModule(text)
      : moduleHash(text) !== undefined
  if (!fits) throw new Damaged('it is truncated or changed')
  throw new Unprovable('nothing says what is in it')
}
