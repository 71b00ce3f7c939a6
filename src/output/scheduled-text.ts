import { formatBytes } from './units'

/** The part of the document of a prune that a line of a log has room for. */
interface PruneDocument {
  readonly sources: readonly {
    readonly source: string
    readonly bytesBefore: number
    readonly removed: { readonly units: number; readonly bytes: number } | null
  }[]
}

function sourceText({ source, bytesBefore, removed }: PruneDocument['sources'][number]): string {
  if (!removed) return `${source}: within its budgets with ${formatBytes(bytesBefore)}`
  const { units, bytes } = removed
  return `${source}: removed ${units}, freed ${formatBytes(bytes)} of ${formatBytes(bytesBefore)}`
}

/** A run of the schedule in one line, from the document that prune printed. */
export function scheduledLine(at: Date, document: string): string {
  const { sources } = JSON.parse(document) as PruneDocument
  return `${at.toISOString()} ${sources.map(sourceText).join('; ')}`
}

/** A run that failed, in one line. */
export function failedLine(at: Date, message: string): string {
  return `${at.toISOString()} failed: ${message.replace(/\s+/g, ' ')}`
}
