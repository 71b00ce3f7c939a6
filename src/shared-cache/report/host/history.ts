import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type HistoryEntry, formatHistory, parseHistory } from '../core/history'
import type { Platform } from '../../../foundation/platform'
import { codeOf } from '../../../foundation/files/walker'

/** Where the history of a host is: in the plugin's own data, or beside the root of a machine. */
export function historyFile(platform: Platform): string {
  return platform.kind === 'dokku'
    ? join(platform.libRoot, 'data/shared-cache/history.jsonl')
    : `${platform.root}-history.jsonl`
}

/** The history of a host; empty where there is none yet. */
export function readHistory(platform: Platform): readonly HistoryEntry[] {
  try {
    return parseHistory(readFileSync(historyFile(platform), 'utf8'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/**
 * Puts a history in the place of the old one, by renaming: whoever is killed meanwhile leaves the old
 * one whole. Two at once need no lock: the later one wins, and the other entry was as young.
 */
export function writeHistory(platform: Platform, entries: readonly HistoryEntry[]): void {
  const file = historyFile(platform)
  mkdirSync(dirname(file), { recursive: true })
  const beside = `${file}.${process.pid}`
  const handle = openSync(beside, 'w', 0o644)
  try {
    writeFileSync(handle, formatHistory(entries))
    fsyncSync(handle)
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}
