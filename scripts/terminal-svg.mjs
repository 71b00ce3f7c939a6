// Draws what a terminal showed as an SVG, for docs/images. Reads the text with its colours from standard
// input: script -qec 'dokku shared-cache:doctor' /dev/null | node scripts/terminal-svg.mjs >terminal.svg
import { text } from 'node:stream/consumers'

/** Colours of a terminal by their ANSI numbers. @type {Readonly<Record<string, string>>} */
const COLOURS = {
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
}
const CHARACTER = 7.8
const LINE = 18
const MARGIN = 14

/** @param {string} value */
const escape = (value) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/**
 * The pieces of a line that have one style each. Styles end with the line, as our output does it.
 * @param {string} line
 */
function piecesOf(line) {
  let [colour, isBold] = ['', false]
  return line.split(/(\x1b\[[\d;]*m)/).flatMap((part) => {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1]
    if (codes === undefined) return part === '' ? [] : [{ part, colour, isBold }]
    for (const code of codes.split(';')) {
      if (code === '1') isBold = true
      else if (COLOURS[code]) colour = COLOURS[code]
      else if (['', '0', '39', '22'].includes(code)) [colour, isBold] = ['', false]
    }
    return []
  })
}

/** @param {string} line @param {number} index */
function drawLine(line, index) {
  const spans = piecesOf(line).map(({ part, colour, isBold }) => {
    const style = `${colour && ` fill="${colour}"`}${isBold ? ' font-weight="bold"' : ''}`
    return style ? `<tspan${style}>${escape(part)}</tspan>` : escape(part)
  })
  const y = MARGIN + LINE * (index + 0.8)
  return `<text x="${MARGIN}" y="${y.toFixed(1)}" xml:space="preserve">${spans.join('')}</text>`
}

// A terminal ends lines with \r\n; what comes before a lone \r or an erased line was overwritten.
const lines = (await text(process.stdin))
  .replace(/\r\n/g, '\n')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(/\r|\x1b\[2?K/).at(-1) ?? '')
const columns = Math.max(...lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, '').length))
const [width, height] = [columns * CHARACTER + 2 * MARGIN, lines.length * LINE + 2 * MARGIN]
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}">
<rect width="100%" height="100%" rx="6" fill="#0d1117"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#e6edf3">
${lines.map(drawLine).join('\n')}
</g>
</svg>`)
