import { type Paint, makePaint } from './colour'

/** Output in Dokku's format. Results go to stdout; warnings, errors and progress to stderr. */
export interface Log {
  /** `-----> ` and a step; nothing when quiet. */
  step(text: string): void
  /** `=====> ` and a heading; nothing when quiet. */
  heading(text: string): void
  /** Seven spaces and a detail; nothing when quiet. */
  detail(text: string): void
  /** A line of the result, unchanged. */
  plain(text: string): void
  /** A result in chunks, which are not kept in memory. */
  pieces(texts: Iterable<string>): Promise<void>
  /** Waits until the reader has read all output so far. */
  drained(): Promise<void>
  /** A question; the answer is typed on the same line. */
  prompt(text: string): void
  /** ` !     ` on stderr. */
  warn(text: string): void
  /** Progress on stderr, only on a terminal. Each text replaces the last; '' clears it. */
  progress(text: string): void
  /** Colours a part of a result, if the result goes to a terminal with colours. */
  readonly paint: Paint
}

export interface Streams {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Waits until the reader of `out` has read everything. */
  readonly drained: () => Promise<void>
  /** Whether stderr is a terminal. */
  readonly terminal: boolean
  /** Whether stdout has colours; no if missing. */
  readonly colours?: boolean
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
    paint: makePaint(streams.colours ?? false),
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
