/** The result of one check of a doctor. */
export interface Finding {
  /** What was checked: one word, the same in every run. */
  readonly name: string
  /** `fail`: something does not work. `warn`: a person should know. */
  readonly status: 'ok' | 'warn' | 'fail'
  readonly text: string
  /** The command or step that fixes it; null if nothing has to be done, or nothing can. */
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
