import { formatBytes } from './units'

/** The part of the document of a prune that a line of a log has room for. */
export interface PruneDocument {
  readonly sources: readonly {
    readonly source: string
    readonly bytesBefore: number
    readonly removed: { readonly units: number; readonly bytes: number } | null
  }[]
  readonly failed: readonly { readonly source: string; readonly error: string }[]
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ')

function parts({ sources, failed }: PruneDocument): readonly string[] {
  const within = sources.filter(({ removed, bytesBefore }) => !removed && bytesBefore > 0)
  const rest = within.map(({ source, bytesBefore }) => `${source} ${formatBytes(bytesBefore)}`)
  return [
    ...failed.map(({ source, error }) => `${source} failed: ${oneLine(error)}`),
    ...sources.flatMap(({ source, bytesBefore, removed }) => {
      if (!removed) return []
      const freed = `freed ${formatBytes(removed.bytes)} of ${formatBytes(bytesBefore)}`
      return [`${source}: removed ${removed.units}, ${freed}`]
    }),
    ...(rest.length > 0 ? [`within budgets: ${rest.join(', ')}`] : []),
  ]
}

/** A run of the schedule in one line, from the document that prune printed. */
export function scheduledLine(at: Date, document: PruneDocument): string {
  return `${at.toISOString()} ${parts(document).join('; ') || 'nothing to prune'}`
}

/** A run that failed, in one line. */
export function failedLine(at: Date, message: string): string {
  return `${at.toISOString()} failed: ${oneLine(message)}`
}
