import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type HistoryEntry, formatHistory, parseHistory } from '../core/history'
import { readIfThere, replaceFile } from '../../../foundation/files/replace-file'
import type { Platform } from '../../../foundation/platform'

/** The file of a host's history: in the plugin's own data, or next to the root without Dokku. */
export function historyFile(platform: Platform): string {
  return platform.kind === 'dokku'
    ? join(platform.libRoot, 'data/shared-cache/history.jsonl')
    : `${platform.root}-history.jsonl`
}

/** The history of a host; empty if there is none yet. */
export function readHistory(platform: Platform): readonly HistoryEntry[] {
  return parseHistory(readIfThere(historyFile(platform)) ?? '')
}

/** Replaces a history as a whole: a killed run leaves the old one. */
export function writeHistory(platform: Platform, entries: readonly HistoryEntry[]): void {
  const file = historyFile(platform)
  mkdirSync(dirname(file), { recursive: true })
  replaceFile(file, formatHistory(entries), 0o644)
}
