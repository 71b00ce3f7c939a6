/** One thing that a doctor checked. */
export interface Finding {
  /** What it is about: one word, the same in every run. */
  readonly name: string
  /** `fail`: something does not work as it should. `warn`: a person should know. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** The command or step that fixes it; null where nothing has to be done, or nothing can. */
  readonly remedy: string | null
}

export function ok(name: string, text: string): Finding {
  return { name, status: 'ok', text, remedy: null }
}

export function finding(
  status: 'warn' | 'fail',
  name: string,
  text: string,
  remedy: string | null,
): Finding {
  return { name, status, text, remedy }
}
