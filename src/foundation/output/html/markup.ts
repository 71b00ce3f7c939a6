/** Text that is HTML already. Everything else that goes into a page is escaped. */
export interface Markup {
  readonly html: string
}

type Part = Markup | string | number | readonly Part[]

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function render(part: Part): string {
  if (typeof part === 'object') return 'html' in part ? part.html : part.map(render).join('')
  return String(part).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** A template of HTML: what is put into it is escaped, unless it came from such a template itself. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const rest = parts.map((part, i) => render(part) + (strings[i + 1] ?? ''))
  return { html: (strings[0] ?? '') + rest.join('') }
}

export const NOTHING: Markup = { html: '' }
