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

/** An inventory on its way to a plan: what has gone, and what could go next. */
class Pruning {
  readonly remove: Chosen[] = []
  freed = 0
  private readonly bytesBefore: number
  private readonly candidates: Candidates

  constructor(private readonly inventory: Inventory) {
    const { units, bytes } = inventory
    this.bytesBefore = bytes ?? units.reduce((sum, unit) => sum + unit.bytes, 0)
    this.candidates = new Candidates(units)
  }

  get bytes(): number {
    return this.bytesBefore - this.freed
  }

  next(): Unit | undefined {
    return this.candidates.peek()
  }

  take(unit: Unit, reason: Chosen['reason']): void {
    this.candidates.take()
    this.remove.push({ unit, reason })
    this.freed += unit.bytes
  }

  plan(): PrunePlan {
    const { inventory, remove, bytesBefore, bytes } = this
    return { source: inventory.source, remove, bytesBefore, bytesAfter: bytes }
  }
}

/** The one whose next unit is the least recently used of all; undefined where nothing can go. */
function oldest(prunings: readonly Pruning[]): Pruning | undefined {
  let found: Pruning | undefined
  for (const pruning of prunings) {
    const [best, unit] = [found?.next(), pruning.next()]
    if (unit && (!best || goesBefore(unit, best))) found = pruning
  }
  return found
}

/** Takes units out of some inventories until they keep these limits together. */
function keep(prunings: readonly Pruning[], limits: Limits, now: number): void {
  const { olderThan = Infinity, maxBytes = Infinity, freeBytes = 0 } = limits
  let bytes = prunings.reduce((sum, pruning) => sum + pruning.bytes, 0)
  let freed = prunings.reduce((sum, pruning) => sum + pruning.freed, 0)
  const reasonFor = ({ lastUsed }: Unit): Chosen['reason'] | null => {
    if (lastUsed !== null && now - lastUsed > olderThan) return 'age'
    if (bytes > maxBytes) return 'size'
    return freed < freeBytes ? 'space' : null
  }
  for (let first = oldest(prunings); first; first = oldest(prunings)) {
    const unit = first.next()
    const reason = unit && reasonFor(unit)
    if (!unit || !reason) break
    first.take(unit, reason)
    bytes -= unit.bytes
    freed += unit.bytes
  }
}

/**
 * What has to go so that some inventories keep limits: first each one the size that `own` gives it,
 * then all of them together what is for all. What is too old goes, then the least recently used of
 * all until the rest is small enough, then until enough is freed. Never a unit in use, never one that
 * something that stays needs; the same inventories give the same plans, whatever the order of their
 * units. `now` in milliseconds since the epoch. Takes O(n log n).
 */
export function planTogether(
  inventories: readonly Inventory[],
  own: (source: string) => number | null,
  all: Limits,
  now: number,
): readonly PrunePlan[] {
  const prunings = inventories.map((inventory) => new Pruning(inventory))
  prunings.forEach((pruning, index) => {
    const maxBytes = own(inventories[index]?.source ?? '')
    if (maxBytes !== null) keep([pruning], { maxBytes }, now)
  })
  keep(prunings, all, now)
  return prunings.map((pruning) => pruning.plan())
}

/** What has to go so that one inventory keeps its limits, as `planTogether` has it. */
export function planPrune(inventory: Inventory, limits: Limits, now: number): PrunePlan {
  const pruning = new Pruning(inventory)
  keep([pruning], limits, now)
  return pruning.plan()
}
