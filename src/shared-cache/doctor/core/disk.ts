import type { Finding } from '../../../foundation/core/findings'
import { type Check, type DiskFacts, finding, ok, typed } from './findings'

const GB = 1e9

/** `space` warns or fails below these shares of the disk, if less than these bytes are free. */
const LOW = { share: 0.1, bytes: 50 * GB }
const VERY_LOW = { share: 0.01, bytes: 10 * GB }
/** The same for inodes. */
const LOW_INODES = { share: 0.1, count: 1_000_000 }

/** Bytes as `1.2 GB` or `51 MB`. */
function amount(bytes: number): string {
  if (bytes >= GB) return `${(bytes / GB).toFixed(bytes < 10 * GB ? 1 : 0)} GB`
  return `${(bytes / 1e6).toFixed(0)} MB`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

function space({ bytes, freeBytes, neededBytes }: DiskFacts, prune: string): readonly Finding[] {
  const share = bytes > 0 ? freeBytes / bytes : 1
  const text = `${amount(freeBytes)} of ${amount(bytes)} are free (${percent(share)})`
  if (freeBytes < neededBytes) {
    const needed = `${text}; builds use the caches only with at least ${amount(neededBytes)} free`
    // Pruning cannot create space that the disk does not have.
    const remedy =
      bytes < neededBytes ? 'move the caches to a larger disk' : `${prune}, or free space elsewhere`
    return finding('fail', 'space', needed, remedy)
  }
  if (share < VERY_LOW.share && freeBytes < VERY_LOW.bytes) {
    return finding('fail', 'space', text, prune)
  }
  if (share < LOW.share && freeBytes < LOW.bytes) return finding('warn', 'space', text, prune)
  return [ok('space', text)]
}

function inodes(disk: DiskFacts, prune: string): readonly Finding[] {
  const { inodes: all, freeInodes: free, neededInodes } = disk
  if (all === null || free === null) return []
  const share = all > 0 ? free / all : 1
  const text = `${free} of ${all} inodes are free (${percent(share)})`
  if (free < neededInodes) {
    const needed = `${text}; builds use the caches only with at least ${neededInodes} free`
    return finding('fail', 'inodes', needed, prune)
  }
  if (share < LOW_INODES.share && free < LOW_INODES.count) {
    return finding('warn', 'inodes', text, prune)
  }
  return [ok('inodes', text)]
}

/** Space and inodes of the disk with the caches. */
export const checkDisk: Check = (facts) => {
  const prune = typed(facts, 'prune --older-than 30d')
  return [...space(facts.disk, prune), ...inodes(facts.disk, prune)]
}

/** Whether the caches are within `max-size`, according to the last measurement. */
export const checkBudget: Check = (facts) => {
  if (!facts.budget) return []
  const { bytes, maxBytes, at, schedule } = facts.budget
  const share = maxBytes > 0 ? `${((bytes / maxBytes) * 100).toFixed(0)} %` : 'more than 100 %'
  const day = new Date(at).toISOString().slice(0, 10)
  const text = `the caches held ${share} of max-size on ${day}`
  if (bytes <= maxBytes) return [ok('budget', text)]
  const next =
    schedule === 'off' ? 'the property schedule is off' : 'the next scheduled run prunes them'
  return finding('warn', 'budget', `${text}; ${next}`, typed(facts, 'prune'))
}
