/** One value of a metric: its labels, and the number; null if unknown. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null]

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

function sampleLine(name: string, [labels, value]: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${String(value)}`
}

/** The lines of one metric. */
type Gauge = (name: string, help: string, samples: readonly Sample[]) => readonly string[]

/**
 * Makes metrics whose names start with a prefix: lines for help and type, then one for each known value;
 * no line at all if all values are unknown.
 */
export function gauges(prefix: string): Gauge {
  return (name, help, samples) => {
    const known = samples.filter(([, value]) => value !== null)
    if (known.length === 0) return []
    const full = prefix + name
    return [
      `# HELP ${full} ${help}`,
      `# TYPE ${full} gauge`,
      ...known.map((sample) => sampleLine(full, sample)),
    ]
  }
}

/** Lines of metrics as a text. */
export function metricsText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
