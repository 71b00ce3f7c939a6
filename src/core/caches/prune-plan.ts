import { Heap } from './heap'
import type { Chosen, Inventory, Limits, PrunePlan, Unit } from './inventory'

/** Least recently used first. What nobody knows the age of comes last; ids settle the rest. */
function goesBefore(a: Unit, b: Unit): boolean {
  const ageA = a.lastUsed ?? Infinity
  const ageB = b.lastUsed ?? Infinity
  return ageA === ageB ? a.id < b.id : ageA < ageB
}

/**
 * Units that can go, in the order in which they go: always the least recently used one of those on
 * which nothing stands any more. What is in use never comes, nor what it needs.
 */
class Candidates {
  private readonly units: ReadonlyMap<string, Unit>
  /** How many units that have not gone stand on one. */
  private readonly standing = new Map<string, number>()
  private readonly free = new Heap<Unit>(goesBefore)

  constructor(units: readonly Unit[]) {
    this.units = new Map(units.map((unit) => [unit.id, unit]))
    for (const unit of units) {
      for (const id of new Set(unit.needs)) this.standing.set(id, (this.standing.get(id) ?? 0) + 1)
    }
    for (const unit of units) this.offer(unit)
  }

  peek(): Unit | undefined {
    return this.free.peek()
  }

  /** Takes the next one away, and frees what only it needed. */
  take(): void {
    const unit = this.free.pop()
    for (const id of new Set(unit?.needs)) {
      this.standing.set(id, (this.standing.get(id) ?? 0) - 1)
      const needed = this.units.get(id)
      if (needed) this.offer(needed)
    }
  }

  private offer(unit: Unit): void {
    if (!unit.inUse && !this.standing.get(unit.id)) this.free.push(unit)
  }
}

/**
 * The part of an inventory that is chosen. What something else stands on is in use there: it cannot
 * go while that stays.
 */
export function pick<Item extends Unit>(
  inventory: Inventory<Item>,
  chosen: (unit: Item) => boolean,
): Inventory<Item> {
  const inside: Item[] = []
  const held = new Set<string>()
  for (const unit of inventory.units) {
    if (chosen(unit)) inside.push(unit)
    else unit.needs.forEach((id) => held.add(id))
  }
  const units = inside.map((unit) => (held.has(unit.id) ? { ...unit, inUse: true } : unit))
  return { ...inventory, units }
}

/**
 * What has to go so that an inventory keeps its limits: what is too old, then the least recently used
 * until the rest is small enough, then until enough is freed. Never a unit in use, never one that
 * something that stays needs; the same inventory gives the same plan, whatever its order. `now` in
 * milliseconds since the epoch. Takes O(n log n).
 */
export function planPrune(inventory: Inventory, limits: Limits, now: number): PrunePlan {
  const { olderThan = Infinity, maxBytes = Infinity, freeBytes = 0 } = limits
  const bytesBefore = inventory.units.reduce((sum, unit) => sum + unit.bytes, 0)
  const candidates = new Candidates(inventory.units)
  const remove: Chosen[] = []
  let freed = 0
  const reasonFor = ({ lastUsed }: Unit): Chosen['reason'] | null => {
    if (lastUsed !== null && now - lastUsed > olderThan) return 'age'
    if (bytesBefore - freed > maxBytes) return 'size'
    return freed < freeBytes ? 'space' : null
  }
  for (let unit = candidates.peek(); unit; unit = candidates.peek()) {
    const reason = reasonFor(unit)
    if (!reason) break
    candidates.take()
    remove.push({ unit, reason })
    freed += unit.bytes
  }
  return { source: inventory.source, remove, bytesBefore, bytesAfter: bytesBefore - freed }
}
