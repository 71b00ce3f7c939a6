/** What the file system of a volume does about its limit. */
export type LimitState =
  /** It can enforce one: the one that is set, in bytes, or null for none. */
  | { readonly limit: number | null }
  /** It cannot: why, in one line. */
  | { readonly watched: string }

/** Project quotas count whole blocks of this size. */
export const BLOCK = 1024

/**
 * The limit that is set for a size in bytes: whole blocks, and at least one, because every file system
 * takes 0 for no limit. null for none.
 */
export function limitBytes(size: number | null): number | null {
  return size === null ? null : Math.max(1, Math.ceil(size / BLOCK)) * BLOCK
}

/** Whether a file system enforces the limit of this size, in bytes. */
export function isEnforced(size: number | null, state: LimitState | undefined): boolean {
  return (
    size !== null && state !== undefined && 'limit' in state && state.limit === limitBytes(size)
  )
}
