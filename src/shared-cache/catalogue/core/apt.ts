/**
 * The cache of apt: the script that apt calls in place of its own programs for downloads, and the
 * configuration that names it. How apt talks to such a program: "APT Method Interface"
 * (doc/method.md in apt's source). Run with apt 2.6 and 3.0.
 */

import type { Programs } from './programs'

const DIRECTORY = 'apt-program'

/** Where a step finds the configuration. */
export const APT_CONFIG_PLACE = `/run/shared-cache/${DIRECTORY}/apt.conf`

/** Variable that tells the script where the cache of its system is. */
export const APT_CACHE_VARIABLE = 'SHARED_CACHE_APT'

/**
 * Read before the files of the image, which can override it. apt fails where a program that its
 * configuration names is missing; where the file itself is missing, apt warns and goes on. So the
 * scripts are written before this file.
 */
const CONFIG = `// apt downloads through the scripts beside this file.
Dir::Bin::Methods::http "/run/shared-cache/${DIRECTORY}/http";
Dir::Bin::Methods::https "/run/shared-cache/${DIRECTORY}/https";
`

/**
 * The script between apt and its own method for http or https, by the name that it is called with.
 * It answers requests with files of the cache, and stores what the method has downloaded.
 *
 * - Any container can write to the cache. So a file is copied first, then its SHA-256 is compared with
 *   the one of the signed index, and apt compares it again: the answer to apt has no hash, so that apt
 *   computes it.
 * - A file that does not match, a link or a pipe is not offered: apt's method downloads it, and the
 *   download replaces it.
 * - Files without a hash in an index (Release files) are always downloaded, and never stored.
 * - Nothing waits for a lock: files appear under their final name by rename.
 * - Where the cache cannot be used, the script becomes apt's own method.
 * - It needs a shell that writes each message in one piece, as dash does: two processes write to apt.
 */
const METHOD = `#!/bin/sh
# apt calls this in place of its own method of the same name, and this calls that one. Files whose SHA-256
# is in the index come from the cache, if it has them.
cache=$${APT_CACHE_VARIABLE}
own=/usr/lib/apt/methods/\${0##*/}
end='
'
# bash writes line by line: messages of two processes would be mixed.
[ -n "$cache" ] && [ -d "$cache" ] && [ ! -h "$cache" ] && [ -z "\${BASH_VERSION-}" ] || exec "$own"
# Reads a message: the lines up to an empty one.
receive() {
  message=
  while IFS= read -r line; do
    [ -n "$line" ] || return 0
    message=$message$line$end
  done
  return 1
}
field() {
  value=
  case $message in *"$end$1: "*) value=\${message#*"$end$1: "} && value=\${value%%"$end"*} ;; esac
}
is_digest() {
  case $1 in *[!0-9a-f]*) return 1 ;; esac
  [ \${#1} -eq 64 ]
}
# Copies the requested file from the cache. Checks the copy: others can write the cache at any time.
offer() {
  case $message in '600 '*) ;; *) return 1 ;; esac
  field Expected-SHA256 && digest=$value
  is_digest "$digest" && [ -f "$cache/$digest" ] || return 1
  field Expected-Checksum-FileSize && size=$value
  case $size in '' | *[!0-9]*) return 1 ;; esac
  field URI && uri=$value
  field Filename && file=$value
  [ -n "$uri" ] && [ -n "$file" ] || return 1
  rm -f "$file" &&
    dd if="$cache/$digest" of="$file" bs=1M count="$size" iflag=count_bytes,fullblock,nofollow,nonblock &&
    [ "$(sha256sum <"$file")" = "$digest  -" ] &&
    touch -r "$cache/$digest" "$file" && return 0
  rm -f "$file"
  return 1
} >/dev/null 2>&1
# Stores a downloaded file under its SHA-256. Replaces what could not be offered.
keep() {
  case $message in '201 '*) ;; *) return 0 ;; esac
  field URI
  case $value in */InRelease | */Release | */Release.gpg) return 0 ;; esac
  field SHA256-Hash && digest=$value
  field Filename && file=$value
  is_digest "$digest" && [ -f "$file" ] || return 0
  part=$(mktemp "$cache/.part-XXXXXXXXXX") || return 0
  cat "$file" >"$part" && touch -r "$file" "$part" && chmod 644 "$part" &&
    mv -fT "$part" "$cache/$digest" || rm -f "$part"
} >/dev/null 2>&1
exec 3>&1
while receive; do
  if offer; then
    same="URI: $uri\${end}Size: $size$end"
    printf '%s\\n' "200 URI Start$end$same" "201 URI Done$end\${same}Filename: $file$end" >&3
  else
    printf '%s\\n' "$message"
  fi
done | "$own" 3>&- | while receive; do
  keep
  printf '%s\\n' "$message"
done
`

export const APT_PROGRAMS: Programs = {
  directory: DIRECTORY,
  files: [
    { name: 'http', text: METHOD, mode: 0o755 },
    { name: 'https', text: METHOD, mode: 0o755 },
    { name: 'apt.conf', text: CONFIG, mode: 0o644 },
  ],
}
