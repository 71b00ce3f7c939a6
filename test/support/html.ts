const VOID = ['meta', 'br', 'hr', 'img', 'input', 'link']
const ATTRIBUTE = /\s+([a-zA-Z][\w:-]*)="([^"<>]*)"/y

/** An element of a page. */
export interface Element {
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  ATTRIBUTE.lastIndex = 0
  while (ATTRIBUTE.lastIndex < text.length) {
    const match = ATTRIBUTE.exec(text)
    if (!match || attributes.has(match[1] ?? '')) throw new Error(`not attributes: ${text}`)
    attributes.set(match[1] ?? '', match[2] ?? '')
  }
  return attributes
}

/** Elements of a page, parsed strictly: each must be closed in order, attributes quoted, & escaped. */
export function readPage(page: string): readonly Element[] {
  if (!page.startsWith('<!doctype html>\n')) throw new Error('no doctype')
  const elements: Element[] = []
  const open: string[] = []
  const rest = page.slice('<!doctype html>'.length).replace(/<style>[^<]*<\/style>/, '')
  for (const [, text = '', close, tag = '', attributes = '', self] of rest.matchAll(
    /([^<]*)(?:<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|[^">])*?)(\/?)>|$)/g,
  )) {
    if (/[>]|&(?!(amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`not escaped: ${text}`)
    if (tag === '') continue
    if (close) {
      if (open.pop() !== tag) throw new Error(`</${tag}> closes something else`)
      continue
    }
    elements.push({ tag, attributes: readAttributes(attributes) })
    if (!self && !VOID.includes(tag)) open.push(tag)
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`)
  return elements
}
