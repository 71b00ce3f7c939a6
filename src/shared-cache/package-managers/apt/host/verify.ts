import { Damaged, type OpenFile } from '../../host/file'
import { hashFile } from '../../host/hash'

/** A download: its name is its sha256. */
export function checkDownload(file: OpenFile, name: string): void {
  if (hashFile(file, 'sha256') !== name) throw new Damaged('its sha256 does not match its name')
}
