/**
 * Which directories inside a cache should be open to all users. Those that a tool unpacks as a whole and
 * never writes again keep the modes of their archive, and temporary ones are closed on purpose.
 */

/** Names of temporary directories. */
const TEMPORARY = /^(?:\.|tmp$)/

/** Directories with unpacked content, by their paths: Go modules, browsers, wheels, crates, `npx`. */
const UNPACKED = [
  /@v?\d[^/]*$/,
  /(?:^|\/)(?:chromium|chromium_headless_shell|firefox|webkit|ffmpeg|winldd)[^/]*-\d+$/,
  /(?:^|\/)(?:archive-v\d+|sdists-v\d+|environments-v\d+|builds-v\d+)\/[^/]+$/,
  /(?:^|\/)registry\/src\/[^/]+$/,
  /(?:^|\/)git\/(?:checkouts|db)\/[^/]+$/,
  /(?:^|\/)_npx\/[^/]+$/,
]

/** Whether a directory of this name is temporary: neither it nor what is in it is looked at. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name)
}

/** Whether what is inside the directory at this path, relative to its cache, was unpacked as a whole. */
export function isUnpacked(path: string): boolean {
  return UNPACKED.some((pattern) => pattern.test(path))
}

/** Whether a directory lacks rights that all users of a cache need; `wanted` are the bits of its mode. */
export function isClosed(mode: number, wanted: number): boolean {
  return (mode & wanted) !== wanted
}
