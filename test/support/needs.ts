import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * What this machine has of what some tests need. A test that is skipped without it says `(needs …)` in
 * its name, as `scripts/test-needs.mjs` lists it.
 */

const starts = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined

/** For mounts, other users and the end-to-end double. */
export const isRoot = process.getuid?.() === 0

export const hasAcl = starts('getfacl', '--version') && starts('setfacl', '--version')

/** apt, and a shell that its script runs in: bash writes messages line by line. */
export const hasApt =
  existsSync('/usr/lib/apt/methods/http') &&
  starts('dpkg-deb', '--version') &&
  starts('dash', '-c', '')

export const hasOpenssl = starts('openssl', 'version')
