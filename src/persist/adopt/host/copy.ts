import { lstatSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import type { Engine } from '../../../foundation/docker/engine'
import { at, seenByOthers } from '../../../foundation/files/walker'
import { type Outcome, call } from '../../../foundation/process/call'
import { makeLimitable } from '../../limits/host/limit'
import { fillingName, inDirectory, inStorage, storageRoot } from '../../volumes/host/directories'
import { CHANGE_FORMAT, changedFiles } from '../core/changes'
import type { Source } from '../core/plan'
import { withSource } from './source'

/**
 * The copies of an adoption, for the root helper. Containers still write to the source, and may replace
 * a directory by a link at any moment; cp and rsync open files by their paths. So they run where such a
 * link leads nowhere: in a mount namespace of their own, whose root has nothing but programs and their
 * libraries, the source (read-only) and the copy.
 */

/** Exit code of `STAGE` where another copy to the same directory is running. */
const BUSY = 75
/** Seconds that it waits for it. A killed run leaves one that ends soon. */
const PATIENCE = 60

/**
 * Makes that place and runs a program there. Its current directory is the source, its arguments are the
 * directory of the copy, one to mount over, and the program. Everything ends with the process.
 */
const STAGE = `
exec 8<"$1"
over=$2
shift 2
flock -w ${PATIENCE} 8 || exit ${BUSY}
mount -t tmpfs -o mode=0700,size=1m tmpfs "$over"
for name in bin lib lib32 lib64; do
  if [ -d "/usr/$name" ]; then
    mkdir -p "$over/usr/$name"
    mount --bind "/usr/$name" "$over/usr/$name"
  fi
  if [ -L "/$name" ]; then
    ln -s "usr/$name" "$over/$name"
  elif [ -d "/$name" ]; then
    mkdir "$over/$name"
    mount --bind "/$name" "$over/$name"
  fi
done
mkdir "$over/source" "$over/target" "$over/dev"
: >"$over/dev/null"
mount --bind /dev/null "$over/dev/null"
mount -c --bind . "$over/source"
mount -o remount,bind,ro "$over/source"
mount -c --bind /proc/self/fd/8 "$over/target"
exec chroot "$over" "$@"
`

/**
 * The first copy into an empty directory: two processes of cp, then the attributes of the top directory.
 * What changes meanwhile is left to rsync, so failures do not matter here.
 */
const FIRST = `
cd /source
find . -mindepth 1 -maxdepth 1 -print0 |
  xargs -0 -r -P 2 -n 8 cp -a --reflink=auto -t /target -- 2>/dev/null
exit 0
`

// Without the window, rsync takes times as equal that differ by less than a second.
const COMMON = [
  ...['-lptgoDHAXS', '--numeric-ids', '--modify-window=-1'],
  `--out-format=${CHANGE_FORMAT}`,
]
const RSYNC = ['rsync', '--recursive', ...COMMON]
const WHOLE = ['/source/', '/target/']
/** rsync: some files vanished while it read them, which happens while an app runs. */
const VANISHED = 24

/**
 * Runs a program with an open source and the copy for a volume. A file that was opened outside of the
 * namespace cannot be mounted in it, so the copy is named by its path: only root and Dokku can change
 * the directories above it.
 */
function stage(
  dataDirectory: string,
  source: number,
  entry: string,
  program: readonly string[],
  input?: Uint8Array,
): Promise<Outcome> {
  const storage = storageRoot(dataDirectory)
  return call(
    'unshare',
    [
      ...['--mount', '--propagation', 'private', 'sh', '-ec', STAGE, 'sh'],
      ...[join(storage, fillingName(entry)), storage, ...program],
    ],
    {
      cwd: seenByOthers(source),
      env: { LC_ALL: 'C' },
      ...(input === undefined ? {} : { input: [input] }),
    },
  )
}

function failure({ exit, stdout, stderr }: Outcome): KnownError {
  if (exit === BUSY) {
    return new KnownError('Another copy of the same volume is running', {
      hint: 'Wait until it has finished, then run this again.',
    })
  }
  const said = (stderr || stdout).trim().split('\n')
  const line = said.find((one) => /^(?:rsync|mount|unshare|chroot): /.test(one)) ?? said.at(-1)
  return new KnownError(`The copy failed: ${line === '' ? `exit ${exit}` : (line ?? '')}`, {
    hint: 'See `dmesg` and `df -h`, then run this again: it continues.',
  })
}

/** Calls a function with the open directory in which a volume is copied; makes it if it is missing. */
function inCopy<T>(
  dataDirectory: string,
  entry: string,
  use: (copy: number) => Promise<T>,
): Promise<T> {
  return inStorage(dataDirectory, async (storage, whole) => {
    const name = fillingName(entry)
    await makeLimitable(whole, name, entry, 0o700)
    return inDirectory(storage, name, use)
  })
}

/** Copies a source while it is in use: all of it, or what differs from an earlier copy. */
export function copyInUse(
  dataDirectory: string,
  engine: Engine,
  source: Source,
  entry: string,
): Promise<void> {
  return withSource(dataDirectory, engine, source, (from) =>
    inCopy(dataDirectory, entry, async (to) => {
      const isFirst = readdirSync(at(to, '.')).length === 0
      const run = (program: readonly string[]) => stage(dataDirectory, from, entry, program)
      if (isFirst) {
        const copied = await run(['sh', '-c', FIRST])
        if (copied.exit !== 0) throw failure(copied)
      }
      const way = isFirst ? ['rsync', '--dirs', ...COMMON] : [...RSYNC, '--delete']
      const outcome = await run([...way, ...WHOLE])
      if (outcome.exit !== 0 && outcome.exit !== VANISHED) throw failure(outcome)
    }),
  )
}

/**
 * Makes the copy equal to a source that is not in use, and verifies it: rsync compares the content of
 * every file with its copy, and owners, modes, times, links and attributes; what it changes is compared
 * once more. Returns the number of changes. Throws KnownError if the copy differs afterwards.
 */
export function copyAndVerify(
  dataDirectory: string,
  engine: Engine,
  source: Source,
  entry: string,
): Promise<number> {
  return withSource(dataDirectory, engine, source, (from) =>
    inCopy(dataDirectory, entry, async () => {
      const run = async (program: readonly string[], input?: Uint8Array) => {
        const outcome = await stage(dataDirectory, from, entry, program, input)
        if (outcome.exit !== 0) throw failure(outcome)
        return outcome.stdout
      }
      const compare = [...RSYNC, '--checksum', '--delete', ...WHOLE]
      const said = await run(compare)
      if (said === '') return 0
      const changed = changedFiles(said)
      const again = ['--checksum', '--dry-run', '--from0', '--files-from=-', ...WHOLE]
      const differs = await run(['rsync', ...COMMON, ...again], Buffer.from(changed, 'latin1'))
      if (differs !== '') {
        throw new KnownError(`The copy differs from its source: ${differs.split('\n')[0] ?? ''}`, {
          hint: 'Something else writes to it. Stop that, then run this again: it continues.',
        })
      }
      return said.split('\n').length
    }),
  )
}

/**
 * Takes a copy back that had its final name already, but was never mounted: the source may have changed
 * since. False if there is none.
 */
export function reopenCopy(dataDirectory: string, entry: string): Promise<boolean> {
  return inStorage(dataDirectory, (storage) => {
    const name = fillingName(entry)
    const isThere = (one: string) => lstatSync(at(storage, one), { throwIfNoEntry: false })
    if (isThere(name) || !isThere(entry)) return false
    renameSync(at(storage, entry), at(storage, name))
    return true
  })
}
