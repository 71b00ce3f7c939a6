/** HTML text. Everything else in a page is escaped. */
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

/** An HTML template: its values are escaped, unless they come from such a template. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const rest = parts.map((part, i) => render(part) + (strings[i + 1] ?? ''))
  return { html: (strings[0] ?? '') + rest.join('') }
}

export const NOTHING: Markup = { html: '' }
