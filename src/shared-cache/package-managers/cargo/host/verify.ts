import { lstatSync } from 'node:fs'
import { checksumIn, indexPath, namesAndVersions } from '../core/index-entry'
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
import { checkGzip } from '../../host/inflate'

/** A `.crate`: the cache of its registry's index has its sha256; without that it is gzip at least. */
export async function checkCrate(
  file: OpenFile,
  path: string,
  way: DirectoryWalker,
): Promise<void> {
  const expected = expectedChecksum(path, way)
  if (expected === undefined) {
    await checkGzip(wholeOf(file))
    throw new Unprovable('not in the index')
  }
  if (hashFile(file, 'sha256') !== expected) {
    throw new Damaged('its sha256 does not match the index')
  }
}

function expectedChecksum(path: string, way: DirectoryWalker): string | undefined {
  const [, , registry = '', crate = ''] = path.split('/')
  for (const { name, version } of namesAndVersions(crate.slice(0, -'.crate'.length))) {
    const index = readIndex(`registry/index/${registry}/.cache/${indexPath(name)}`, way)
    const checksum = index && checksumIn(index, version)
    if (checksum) return checksum
  }
  return undefined
}

/** The text of a crate's file in the index; undefined where there is none that can be used. */
function readIndex(path: string, way: DirectoryWalker): string | undefined {
  try {
    return withFile(...way.toParent(path), readWhole).toString('latin1')
  } catch (error) {
    const none = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
    if (none || error instanceof Damaged || error instanceof Unprovable) return undefined
    throw error
  }
}

/** What cargo unpacked ends with a mark; that of a crate's source says something, git's is empty. */
export function checkUnpacked(parent: number, path: string): void {
  const mark = withDirectory(parent, nameOf(path), (directory) =>
    lstatSync(at(directory, '.cargo-ok'), { throwIfNoEntry: false }),
  )
  if (mark?.isFile() && (mark.size > 0 || path.startsWith('git/'))) throw new Unprovable('unpacked')
  throw new Damaged('it was not fully unpacked: .cargo-ok is missing')
}
