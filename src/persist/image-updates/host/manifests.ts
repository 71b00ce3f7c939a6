import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../../../foundation/files/walker'
import { readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import {
  type Manifest,
  type ManifestHead,
  formatManifest,
  parseManifest,
  parseManifestHead,
} from '../core/manifest'

/** Bytes that the first line of a manifest has at most: a path in containers, a digest and numbers. */
const HEAD = 8192

/** The text of the first bytes of a file; null if it does not exist. */
function readStart(path: string): string | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    const start = Buffer.alloc(HEAD)
    return start.toString('utf8', 0, readSync(fd, start))
  } finally {
    closeSync(fd)
  }
}

/**
 * What a volume got from images, in the plugin's data directory: the manifest of the image that was
 * applied, and beside it that of the one that is being applied, which a killed run leaves.
 */
export class Manifests {
  private readonly directory: string
  private readonly applied: string
  private readonly applying: string

  constructor(dataDirectory: string, entry: string) {
    this.directory = join(dataDirectory, 'manifests')
    this.applied = join(this.directory, entry)
    this.applying = `${this.applied}.pending`
  }

  /** The first line of the manifest, with one small read; null if nothing was recorded. */
  head(): ManifestHead | null {
    const start = readStart(this.applied)
    return start === null ? null : parseManifestHead(start)
  }

  /** The manifest; null if nothing was recorded. Throws KnownError if it cannot be read. */
  read(): Manifest | null {
    const text = readIfThere(this.applied)
    return text === null ? null : parseManifest(text)
  }

  isPending(): boolean {
    return existsSync(this.applying)
  }

  readPending(): Manifest | null {
    const text = readIfThere(this.applying)
    return text === null ? null : parseManifest(text)
  }

  /** Records that an image is going to be applied. */
  begin(manifest: Manifest): void {
    this.write(this.applying, manifest)
  }

  /** Records what was applied. */
  finish(manifest: Manifest): void {
    this.write(this.applied, manifest)
    rmSync(this.applying, { force: true })
  }

  /** Replaces the manifest, while the pending one stays. */
  replace(manifest: Manifest): void {
    this.write(this.applied, manifest)
  }

  forget(): void {
    for (const path of [this.applying, this.applied]) rmSync(path, { force: true })
  }

  private write(path: string, manifest: Manifest): void {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 })
    replaceFile(path, formatManifest(manifest), 0o600)
  }
}
