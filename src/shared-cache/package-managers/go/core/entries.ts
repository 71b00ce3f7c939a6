/** The hash in a `.ziphash` file, in the format of go.sum. */
const HASH = /^h1:[A-Za-z0-9+/]{43}=$/

/** The hash in a `.ziphash` file; undefined if it has none. */
export function moduleHash(text: string): string | undefined {
  return HASH.test(text.trim()) ? text.trim() : undefined
}

/** Unescapes a path or version: Go prefixes capitals with `!` for case-insensitive file systems. */
export function unescapeGo(text: string): string {
  return text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const ACTION = /^v1 ([0-9a-f]{64}) [0-9a-f]{64} {1,20}\d{1,20} {1,20}\d{1,20}\n$/

/** Length of an action file: two identities, and two numbers of 20 characters. */
export const ACTION_LENGTH = 175

/**
 * The action of a file of Go's build cache; undefined for a file that Go ignores. Source: `get` in
 * cmd/go/internal/cache (Go 1.26).
 */
export function actionIn(text: string): string | undefined {
  return text.length === ACTION_LENGTH ? ACTION.exec(text)?.[1] : undefined
}

/** Whether a text is Go's metadata of a version: an object with the version. */
export function isVersionInfo(text: string): boolean {
  try {
    const info = JSON.parse(text) as unknown
    return typeof info === 'object' && info !== null && 'Version' in info && info.Version !== ''
  } catch {
    return false
  }
}

/** Whether a go.mod names its module, which every go.mod does. */
export function namesModule(text: string): boolean {
  return /^\s*module\b/m.test(text)
}
