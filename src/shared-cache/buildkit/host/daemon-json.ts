import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { withGc } from '../core/gc'
import { removeUnfinished, unfinishedName } from '../../../foundation/files/unfinished'
import { codeOf } from '../../../foundation/files/walker'
import { callNow } from '../../../foundation/process/call'

/** Docker's default path of its configuration file. */
const DAEMON_JSON = '/etc/docker/daemon.json'

/** Docker's configuration; '' if it is missing, null if it cannot be read. */
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

/**
 * Writes one rule for Docker's build cache into its configuration. Docker applies it at its next start.
 * Docker validates the new file first, if it can, and the old file is copied next to it. If Docker does
 * not reload, the old file is restored. Sizes in bytes. Returns whether anything changed, and the path
 * of the copy. Throws KnownError if the file could not be written.
 */
export function writeGc(
  engine: string,
  max: number,
  minFree: number,
  path = DAEMON_JSON,
): { readonly changed: boolean; readonly copy: string | null } {
  const before = readDaemonJson(path)
  if (before === null) throw new KnownError(`Cannot read ${path}: permission denied`)
  const after = withGc(before, engine, max, minFree)
  if (after === before) return { changed: false, copy: null }
  mkdirSync(dirname(path), { recursive: true })
  removeUnfinished(dirname(path), basename(path))
  const [beside, copy] = [unfinishedName(path), `${path}.before-shared-cache`]
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
  throw new KnownError(`Docker did not reload ${path}: its old settings are restored`, {
    hint: 'See `journalctl -u docker` for the reason.',
  })
}

/** Throws KnownError if Docker can validate the configuration and refuses it. */
function validate(path: string): void {
  if (!callNow('dockerd', ['--help']).stdout.includes('--validate')) return
  const { exit, stdout, stderr } = callNow('dockerd', ['--validate', '--config-file', path])
  if (exit === 0) return
  const reason = (stderr || stdout).trim().split('\n').at(-1) ?? ''
  throw new KnownError(`Docker refuses the new settings, so nothing was written: ${reason}`)
}

/**
 * Makes a running Docker reload its configuration. Returns false on failure, and true if Docker is not
 * running.
 */
function reload(): boolean {
  const isRunning = callNow('systemctl', ['is-active', '--quiet', 'docker']).exit === 0
  return !isRunning || callNow('systemctl', ['reload', 'docker']).exit === 0
}
