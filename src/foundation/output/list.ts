const LIST = new Intl.ListFormat('en-GB')

/** Joins words for a sentence: `a, b and c`. */
export function formatList(words: readonly string[]): string {
  return LIST.format(words)
}

/** Joins words with commas into lines of at most `width` characters; a longer word has its own line. */
export function wrapList(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const [index, word] of words.entries()) {
    const text = index < words.length - 1 ? `${word},` : word
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + text.length <= width) {
      lines[lines.length - 1] = `${last} ${text}`
    } else lines.push(text)
  }
  return lines
}
