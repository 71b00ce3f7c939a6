import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KnownError } from '../core/errors'
import type { Owner } from '../core/owner'

/** Exit code of the helper if it could not read everything. */
export const INCOMPLETE = 4

export interface HelperSettings {
  /** The data directory of the plugin. No part of its path is a link. */
  readonly root: string
  readonly owner: Owner
}

/**
 * Reads the file `root` next to the helper: the data directory, and the ID of the group that may list
 * it. Throws KnownError if it is invalid.
 */
export function readSettings(directory: string): HelperSettings {
  const [root = '', group = ''] = readFileSync(join(directory, 'root'), 'utf8').split('\n')
  if (!root.startsWith('/') || !/^\d+$/.test(group)) {
    throw new KnownError(`${join(directory, 'root')} does not name a directory and a group`, {
      hint: 'Run: sudo dokku plugin:install',
    })
  }
  return { root, owner: { uid: 0, gid: 0, rootGid: Number(group) } }
}
