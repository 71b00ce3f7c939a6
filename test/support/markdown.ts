import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The lines of a Markdown text that are not in a code block. */
function prose(text: string): string {
  return text.replace(/^```.*?^```/gms, '')
}

/** The headings of a text, without their `#`, in order. */
export function headings(text: string): readonly string[] {
  return [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading.trim())
}

/** The anchor that GitHub gives to a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}

/** The text below a heading, up to the next heading of the same or a higher level; '' if missing. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) return ''
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 0
  let isCode = false
  const end = lines.findIndex((line, index) => {
    if (line.startsWith('```')) isCode = !isCode
    return index > start && !isCode && new RegExp(`^#{1,${level}} `).test(line)
  })
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n')
}

/** The cells of every row of every table in a text, without the separator row. */
export function tableRows(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s|:-]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    )
}

/** The codes in backticks in a cell. */
export function codes(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** Relative links of a file to missing files or headings. */
export function brokenLinks(file: string): readonly string[] {
  const text = prose(readFileSync(file, 'utf8'))
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', fragment] = link.split('#')
      const target = path === '' ? file : join(dirname(file), path)
      if (!existsSync(target)) return true
      if (fragment === undefined) return false
      return !headings(readFileSync(target, 'utf8')).map(anchor).includes(fragment)
    })
}
