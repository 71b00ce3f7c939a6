import { formatBytes } from '../units'
import { type Markup, markup } from './markup'
import { STYLE } from './style'

/** The page is complete and may load nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** A figure at the top of a page. */
export function tile(value: string, name: string, more: string, warns = false): Markup {
  return markup`<div class="${warns ? 'tile warn' : 'tile'}"><span>${name}</span><b>${value}</b><span>${more}</span></div>`
}

/** Growth as text, with its sign. */
export function growthText(perDay: number | null): string {
  if (perDay === null) return 'growth not known yet'
  if (perDay === 0) return 'no growth'
  return `${perDay > 0 ? '+' : '−'}${formatBytes(Math.abs(perDay))} a day`
}

/** What a page is about. */
export interface PageHead {
  readonly title: string
  /** The directory that it describes. */
  readonly place: string
  /** RFC 3339. */
  readonly generatedAt: string
}

/** A page without scripts, which loads nothing; light or dark like the reader's browser. */
export function htmlDocument(
  { title, place, generatedAt }: PageHead,
  sections: readonly Markup[],
): string {
  const time = `${generatedAt.slice(0, 16).replace('T', ' ')} UTC`
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}, ${time}</title>
${STYLE}
</head>
<body>
<main>
<header><h1>${title}</h1><p>${place}, measured <time datetime="${generatedAt}">${time}</time></p></header>
${sections}
</main>
</body>
</html>
`.html
}
