/** Path of a crate in cargo's index cache, relative to the directory of its registry. */
export function indexPath(name: string): string {
  const lower = name.toLowerCase()
  if (lower.length < 3) return `${lower.length}/${lower}`
  if (lower.length === 3) return `3/${lower.slice(0, 1)}/${lower}`
  return `${lower.slice(0, 2)}/${lower.slice(2, 4)}/${lower}`
}

/** The possible names and versions in `rand_core-0.6.4`: both may contain a dash followed by a digit. */
export function namesAndVersions(stem: string): { name: string; version: string }[] {
  return [...stem.matchAll(/-(?=\d)/g)].map(({ index }) => ({
    name: stem.slice(0, index),
    version: stem.slice(index + 1),
  }))
}

/**
 * The sha256 of a version's `.crate`, from the text of a file of the index cache; undefined if it is
 * missing. In all formats so far (1 to 3, of the sparse index and of the git index) a header is
 * followed by each version and its line of the index, both terminated by NUL.
 */
export function checksumIn(text: string, version: string): string | undefined {
  const at = text.indexOf(`\0${version}\0{`)
  if (at < 0) return undefined
  const from = at + version.length + 2
  const end = text.indexOf('\0', from)
  try {
    const line = JSON.parse(text.slice(from, end < 0 ? undefined : end)) as {
      readonly cksum?: unknown
    }
    const { cksum } = line
    return typeof cksum === 'string' && /^[0-9a-f]{64}$/.test(cksum) ? cksum : undefined
  } catch {
    return undefined
  }
}
