import type { Scope } from './walk'

/** A program that a step starts, with what is known where it starts. */
export interface Program {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly scope: Scope
  readonly writes: readonly string[]
  readonly documents: readonly string[]
  readonly input: readonly string[]
  readonly clearedBy: string
  readonly recursive: boolean
  readonly fromInput: boolean
}

/** Programs whose calls matter where an unknown program is given them as words: `retry 3 npm ci`. */
export const STARTED =
  /^(?:rm|rmdir|unlink|shred|find|chown|chmod|chgrp|mv|cp|sed|sh|bash|npm|npx|pip[0-9.]*|uv|uvx|cargo|pnpm|yarn|bun|go|composer)$/
