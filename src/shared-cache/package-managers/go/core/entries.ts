/** Form of what is beside a module's zip: its hash, as go.sum has it too. */
const HASH = /^h1:[A-Za-z0-9+/]{43}=$/

/** The hash in a `.ziphash`; undefined for what is none. */
export function moduleHash(text: string): string | undefined {
  return HASH.test(text.trim()) ? text.trim() : undefined
}

/** A path or a version as it is: Go writes capitals with a mark in front, for file systems that know none. */
export function unescapeGo(text: string): string {
  return text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

const ACTION = /^v1 ([0-9a-f]{64}) [0-9a-f]{64} {1,20}\d{1,20} {1,20}\d{1,20}\n$/

/** Length of an action's file: two identities, and two numbers of 20 characters. */
export const ACTION_LENGTH = 175

/**
 * The action that a file of Go's build cache is of; undefined for what Go passes over. Source: `get` in
 * cmd/go/internal/cache (Go 1.26).
 */
export function actionIn(text: string): string | undefined {
  return text.length === ACTION_LENGTH ? ACTION.exec(text)?.[1] : undefined
}

/** Whether a text is what Go keeps of a version: an object that names it. */
export function isVersionInfo(text: string): boolean {
  try {
    const info = JSON.parse(text) as unknown
    return typeof info === 'object' && info !== null && 'Version' in info && info.Version !== ''
  } catch {
    return false
  }
}

/** Whether a go.mod says what module it is of, which every one does. */
export function namesModule(text: string): boolean {
  return /^\s*module\b/m.test(text)
}
