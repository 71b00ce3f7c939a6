/** A column of a table; numbers are aligned to the right. */
export interface Column {
  readonly title: string
  readonly right?: boolean
}

/** Lines of a table: a heading, then one line for each row; columns are as wide as their widest cell. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [columns.map((column) => column.title), ...rows]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)))
  return all.map((row) =>
    columns
      .map(({ right }, i) => {
        const cell = row[i] ?? ''
        return right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)
      })
      .join('   ')
      .trimEnd(),
  )
}
