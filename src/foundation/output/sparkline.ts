const BARS = '▁▂▃▄▅▆▇█'
/** Maximum number of bars: they must fit into a table column. */
const WIDTH = 12

/** Numbers over time as one line of at most twelve bars; the smallest number has the lowest bar. */
export function sparkline(values: readonly number[]): string {
  const width = Math.min(WIDTH, values.length)
  const step = width > 1 ? (values.length - 1) / (width - 1) : 0
  const shown = Array.from({ length: width }, (_, i) => values[Math.round(i * step)] ?? 0)
  const low = Math.min(...shown)
  const range = Math.max(...shown) - low
  const top = BARS.length - 1
  return shown.map((value) => BARS[range ? Math.round(((value - low) / range) * top) : 0]).join('')
}
