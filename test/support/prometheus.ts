/** A metric in Prometheus' text format. */
export interface Metric {
  readonly help: string
  readonly type: string
  readonly samples: Map<string, number>
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y

function readLabels(text: string): string {
  const labels: string[] = []
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text)
    if (!match) throw new Error(`not labels: ${text}`)
    const [, name = '', value = ''] = match
    if (labels.some((label) => label.startsWith(`${name}=`))) throw new Error(`twice: ${name}`)
    labels.push(`${name}=${value.replace(/\\(["\\n])/g, (_, c) => (c === 'n' ? '\n' : String(c)))}`)
  }
  return labels.join(',')
}

/**
 * Parses Prometheus' text format strictly: HELP, TYPE, then all samples of a metric together, each
 * once, without times; a newline at the end.
 */
export function parseMetrics(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>()
  if (!text.endsWith('\n')) throw new Error('no newline at the end')
  const lines = text.slice(0, -1).split('\n')
  let name = ''
  for (let i = 0; i < lines.length;) {
    const help = new RegExp(`^# HELP (${NAME}) (\\S.*)$`).exec(lines[i] ?? '')
    const type = new RegExp(`^# TYPE (${NAME}) (gauge|counter)$`).exec(lines[i + 1] ?? '')
    if (!help || !type || help[1] !== type[1]) throw new Error(`line ${i + 1}: ${String(lines[i])}`)
    name = help[1] ?? ''
    if (metrics.has(name)) throw new Error(`${name} twice`)
    const samples = new Map<string, number>()
    for (i += 2; i < lines.length && !lines[i]?.startsWith('#'); i++) {
      const line = lines[i] ?? ''
      const sample = new RegExp(`^(${NAME})(?:\\{(.+)\\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$`).exec(
        line,
      )
      if (sample?.[1] !== name) throw new Error(`line ${i + 1}: ${line}`)
      const labels = readLabels(sample[2] ?? '')
      if (samples.has(labels)) throw new Error(`${line} twice`)
      samples.set(labels, Number(sample[3]))
    }
    if (samples.size === 0) throw new Error(`${name} has no samples`)
    metrics.set(name, { help: help[2] ?? '', type: type[2] ?? '', samples })
  }
  return metrics
}
