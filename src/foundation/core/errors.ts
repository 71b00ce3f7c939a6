/** Exit codes as Dokku uses them: 1 a failure, 20 an app that does not exist. */
export const EXIT = { ok: 0, failure: 1, usage: 1, noSuchApp: 20 } as const

/**
 * An error that a person can act on: one line that says what is wrong, and one that says what to do.
 * Everything else that is thrown is a defect, and keeps its stack under `--trace`.
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

/** The error for an app that Dokku does not know, in Dokku's own words and with its exit code. */
export function noSuchApp(app: string): KnownError {
  return new KnownError(`App ${app} does not exist`, { exit: EXIT.noSuchApp })
}
