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

/** More than any module holds, and deeper than any is. */
const MOST_FILES = 100_000
const DEEPEST = 60

/** Names of files and their sha256. */
type Hashes = ReadonlyMap<string, string>

/** The hash of a module's files, whatever their order (`Hash1` of golang.org/x/mod/sumdb/dirhash). */
function moduleHashOf(hashes: Hashes): string {
  const byName = [...hashes].map(([name, hash]) => ({ name: Buffer.from(name), hash }))
  byName.sort((one, other) => Buffer.compare(one.name, other.name))
  const all = createHash('sha256')
  for (const { name, hash } of byName) all.update(`${hash}  `).update(name).update('\n')
  return `h1:${all.digest('base64')}`
}

/** What the file beside a module's zip says; undefined where there is none. Throws Damaged for nonsense. */
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

/** The zip of a module: its hash is beside it. Without that Go fetches both; it is a zip at least. */
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

/** The directory of a module's source: the hash of its zip is that of its files. */
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

/** What Go built: the sha256 of it is its name. */
export function checkOutput(file: OpenFile, name: string): void {
  if (hashFile(file, 'sha256') !== name.slice(0, 64)) {
    throw new Damaged('its sha256 does not match its name')
  }
}

/** A program that Go built: a file of any name in a directory that is named by the sha256 of it. */
export function checkProgram(directory: number, name: string): void {
  const files = readdirSync(at(directory, '.'))
  for (const each of files) withFile(directory, each, (file) => checkOutput(file, name))
  if (files.length === 0) throw new Unprovable('nothing is in it yet')
}

/** What came of an action: it names it, and what it names as its output nothing proves. */
export function checkAction(file: OpenFile, name: string): void {
  const text = file.size === ACTION_LENGTH ? readWhole(file).toString('latin1') : ''
  if (actionIn(text) !== name.slice(0, 64)) throw new Damaged('it is truncated or changed')
  throw new Unprovable('nothing says what came of it')
}

/** What Go keeps of a version beside its zip. */
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
