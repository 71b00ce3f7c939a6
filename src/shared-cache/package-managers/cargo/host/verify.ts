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

/**
 * Checks a `.crate` against the sha256 in the registry's index cache, or only as gzip if that is
 * missing.
 */
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

/** The text of a crate's file in the index; undefined if it is missing or unusable. */
function readIndex(path: string, way: DirectoryWalker): string | undefined {
  try {
    return withFile(...way.toParent(path), readWhole).toString('latin1')
  } catch (error) {
    const none = codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
    if (none || error instanceof Damaged || error instanceof Unprovable) return undefined
    throw error
  }
}

/** cargo writes `.cargo-ok` last: with content in a crate's source, empty in a git checkout. */
export function checkUnpacked(parent: number, path: string): void {
  const mark = withDirectory(parent, nameOf(path), (directory) =>
    lstatSync(at(directory, '.cargo-ok'), { throwIfNoEntry: false }),
  )
  if (mark?.isFile() && (mark.size > 0 || path.startsWith('git/'))) throw new Unprovable('unpacked')
  throw new Damaged('it was not fully unpacked: .cargo-ok is missing')
}
