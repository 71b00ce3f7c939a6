/** Minimum width of the label column, as in Dokku's own reports. */
const LABELS = 31

/**
 * The lines below the header of a report, in Dokku's format: `Title some key:   value`. `title` is that
 * of the plugin; keys are written without their dashes. A row with several values has one line for
 * each; a row without values is left out, a row with an empty value is not.
 */
export function reportLines(
  title: string,
  rows: Readonly<Record<string, string | readonly string[]>>,
): readonly string[] {
  const labelled = Object.entries(rows).map(([key, values]) => ({
    label: `${title} ${key.replaceAll('-', ' ')}:`,
    values: typeof values === 'string' ? [values] : values,
  }))
  const width = Math.max(LABELS, ...labelled.map(({ label }) => label.length + 1))
  return labelled.flatMap(({ label, values }) =>
    values.map((value, index) => ((index === 0 ? label : '').padEnd(width) + value).trimEnd()),
  )
}
