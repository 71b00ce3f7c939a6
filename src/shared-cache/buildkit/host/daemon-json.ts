import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { withGc } from '../core/gc'
import { codeOf } from '../../../foundation/files/walker'
import { callNow } from '../../../foundation/process/call'

/** Where Docker's own settings are, unless somebody moved them. */
const DAEMON_JSON = '/etc/docker/daemon.json'

/** Docker's settings; '' where there are none, null where they may not be read. */
export function readDaemonJson(path = DAEMON_JSON): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return ''
    if (code === 'EACCES') return null
    throw error
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

/** Throws KnownError where the daemon, one that can, refuses a file of settings. */
function validate(path: string): void {
  if (!callNow('dockerd', ['--help']).stdout.includes('--validate')) return
  const args = ['--validate', '--config-file', path]
  const { exit, stdout, stderr } = callNow('dockerd', args)
  if (exit === 0) return
  throw new KnownError(`Docker refuses it, so nothing was written: ${lastLine(stderr || stdout)}`)
}

/** Has a running Docker read its settings. False where it refuses, true where there is none to ask. */
function reload(): boolean {
  const isThere = callNow('systemctl', ['is-active', '--quiet', 'docker']).exit === 0
  return !isThere || callNow('systemctl', ['reload', 'docker']).exit === 0
}

/**
 * Writes one rule for Docker's build cache into its settings. A copy of what was there stays beside it;
 * Docker's own validation accepts the new file first, where it has one, and where Docker refuses to
 * read it the copy is put back. Docker heeds it from its next start on. Gives back whether anything
 * changed. Throws KnownError where nothing could be.
 */
export function writeGc(
  engine: string,
  max: number,
  minFree: number,
  path = DAEMON_JSON,
): { readonly changed: boolean; readonly copy: string | null } {
  const before = readDaemonJson(path)
  if (before === null) throw new KnownError(`${path} may not be read`)
  const after = withGc(before, engine, max, minFree)
  if (after === before) return { changed: false, copy: null }
  mkdirSync(dirname(path), { recursive: true })
  const [beside, copy] = [`${path}.new`, `${path}.before-shared-cache`]
  try {
    writeFileSync(beside, after, { mode: 0o644 })
    validate(beside)
    if (before !== '') copyFileSync(path, copy)
    renameSync(beside, path)
  } finally {
    rmSync(beside, { force: true })
  }
  if (reload()) return { changed: true, copy: before === '' ? null : copy }
  if (before === '') rmSync(path)
  else copyFileSync(copy, path)
  throw new KnownError(`Docker refused to read ${path}: what was there is back`)
}
