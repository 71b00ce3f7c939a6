/** A part of a text, and its replacement. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Applies edits, which are sorted by their start. Every other character stays. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}

/** The edits that turn the edited text back into the original. */
export function inverse(original: string, edits: readonly Edit[]): readonly Edit[] {
  let shift = 0
  return edits.map(({ start, end, text }) => {
    const back = {
      start: start + shift,
      end: start + shift + text.length,
      text: original.slice(start, end),
    }
    shift += text.length - (end - start)
    return back
  })
}
