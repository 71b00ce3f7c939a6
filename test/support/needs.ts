import { spawnSync } from 'node:child_process'

/**
 * What this machine provides of the needs of some tests. A test that is skipped without it has `(needs
 * …)` in its name, as listed in `scripts/test-needs.mjs`.
 */

const starts = (program: string, ...args: string[]) => spawnSync(program, args).error === undefined

/** For mounts, other users and the end-to-end double. */
export const isRoot = process.getuid?.() === 0

export const hasAcl = starts('getfacl', '--version') && starts('setfacl', '--version')

export const hasOpenssl = starts('openssl', 'version')
