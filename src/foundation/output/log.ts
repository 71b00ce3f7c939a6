/** Output in Dokku's shapes. Results go to stdout; warnings, errors and progress to stderr. */
export interface Log {
  /** `-----> ` a step; silent when quiet. */
  step(text: string): void
  /** `=====> ` a heading; silent when quiet. */
  heading(text: string): void
  /** Seven spaces and a detail; silent when quiet. */
  detail(text: string): void
  /** A line of the result itself, as it is. */
  plain(text: string): void
  /** The same in pieces, none of which is kept. */
  pieces(texts: Iterable<string>): Promise<void>
  /** Waits until the result has gone out as far as its reader takes it. */
  drained(): Promise<void>
  /** A question, which the answer follows on the same line. */
  prompt(text: string): void
  /** ` !     ` on stderr. */
  warn(text: string): void
  /** Progress on stderr, on a terminal alone; each replaces the last, '' clears it. */
  progress(text: string): void
}

export interface Streams {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Waits while `out` has more to write than its reader has taken. */
  readonly drained: () => Promise<void>
  readonly terminal: boolean
  readonly quiet: boolean
}

const CLEAR_LINE = '\r\u001b[K'

export function makeLog(streams: Streams): Log {
  let shown = false
  const clear = () => {
    if (shown) streams.err(CLEAR_LINE)
    shown = false
  }
  const line = (text: string) => {
    clear()
    streams.out(`${text}\n`)
  }
  const unlessQuiet = (prefix: string) => (text: string) => {
    if (!streams.quiet) line(prefix + text)
  }
  return {
    step: unlessQuiet('-----> '),
    heading: unlessQuiet('=====> '),
    detail: unlessQuiet('       '),
    plain: line,
    async pieces(texts) {
      clear()
      for (const text of texts) {
        streams.out(text)
        await streams.drained()
      }
      streams.out('\n')
    },
    drained: streams.drained,
    prompt(text) {
      clear()
      streams.out(text)
    },
    warn(text) {
      clear()
      streams.err(` !     ${text}\n`)
    },
    progress(text) {
      if (!streams.terminal || streams.quiet) return
      clear()
      if (text) streams.err(`       ${text}`)
      shown = text !== ''
    },
  }
}
