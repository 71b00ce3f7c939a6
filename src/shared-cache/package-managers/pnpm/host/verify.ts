import { Damaged, type OpenFile } from '../../host/file'
import { hashFile } from '../../host/hash'

/** A file of a package: the directory that it is in and its name are its sha512. */
export function checkStored(file: OpenFile, path: string): void {
  const expected = path
    .replace(/^.*\/files\//, '')
    .replace('/', '')
    .replace(/-exec$/, '')
  if (hashFile(file, 'sha512') !== expected) {
    throw new Damaged('its sha512 does not match its name')
  }
}
