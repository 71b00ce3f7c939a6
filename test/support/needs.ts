import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/**
 * What this machine provides of the needs of some tests. A test that is skipped without it has `(needs
 * …)` in its name, as listed in `scripts/test-needs.mjs`.
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

/** For copies of volumes: Dokku's own package needs it too. */
export const hasRsync = starts('rsync', '--version')

export const hasOpenssl = starts('openssl', 'version')

/** False in a quick run: what takes long, and does not depend on the programs of the machine. */
export const hasTime = process.env['SHARED_CACHE_TEST_QUICK'] !== '1'
