/** Exit codes as in Dokku: 1 for a failure, 20 for an app that does not exist. */
export const EXIT = { ok: 0, failure: 1, usage: 1, noSuchApp: 20 } as const

/**
 * An error that a person can fix: one line with what is wrong, and one with what to do. Any other error
 * is a defect, and shows its stack with `--trace`.
 */
export class KnownError extends Error {
  readonly hint: string | undefined
  readonly exit: number

  constructor(message: string, options: { hint?: string; exit?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'KnownError'
    this.hint = options.hint
    this.exit = options.exit ?? EXIT.failure
  }
}

/** The error for an app that does not exist, with Dokku's message and exit code. */
export function noSuchApp(app: string): KnownError {
  return new KnownError(`App ${app} does not exist`, { exit: EXIT.noSuchApp })
}
