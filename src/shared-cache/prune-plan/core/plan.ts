import { Heap } from './heap'
import { Column, type List, makeList } from './list'
import type { Blocked, Chosen, Inventory, Limits, PrunePlan, Unit } from './inventory'

/** The sort key of a unit: stale units first, units of unknown age last. */
function turnOf({ isStale, lastUsed }: Unit): number {
  return isStale ? -Infinity : (lastUsed ?? Infinity)
}

/** Least recently used first, then by id. */
function goesBefore(a: Unit, b: Unit): boolean {
  const ageA = turnOf(a)
  const ageB = turnOf(b)
  return ageA === ageB ? a.id < b.id : ageA < ageB
}

/**
 * Units that can be removed, in order: the least recently used one that no other unit needs comes
 * first. Units in use, and units that they need, are never returned.
 */
class Candidates {
  private readonly units: List<Unit>
  private readonly turns: Float64Array
  /** How many remaining units need a unit, and the index of each needed unit. */
  private readonly standing = new Map<string, number>()
  private readonly needed = new Map<string, number>()
  private readonly free = new Heap<number>((a, b) => this.goesBefore(a, b))
  private front: Unit | undefined

  constructor(units: List<Unit>) {
    this.units = units
    this.turns = new Float64Array(units.length)
    for (const { needs } of units) {
      if (needs.length === 0) continue
      for (const id of new Set(needs)) this.standing.set(id, (this.standing.get(id) ?? 0) + 1)
    }
    let index = 0
    for (const unit of units) {
      this.turns[index] = turnOf(unit)
      if (this.standing.size > 0 && this.standing.has(unit.id)) this.needed.set(unit.id, index)
      else if (!unit.inUse) this.free.push(index)
      index += 1
    }
  }

  peek(): Unit | undefined {
    const index = this.free.peek()
    return (this.front ??= index === undefined ? undefined : this.units.at(index))
  }

  /** Takes the next unit. Units that only it needed become removable. Returns its index. */
  take(): number | undefined {
    const unit = this.peek()
    const index = this.free.pop()
    this.front = undefined
    if (!unit?.needs.length) return index
    for (const id of new Set(unit.needs)) {
      const standing = (this.standing.get(id) ?? 0) - 1
      this.standing.set(id, standing)
      const needed = this.needed.get(id)
      if (needed === undefined || standing > 0) continue
      if (!this.units.at(needed)?.inUse) this.free.push(needed)
    }
    return index
  }

  private goesBefore(a: number, b: number): boolean {
    const ageA = this.turns[a] ?? NaN
    const ageB = this.turns[b] ?? NaN
    return ageA === ageB ? this.id(a) < this.id(b) : ageA < ageB
  }

  private id(index: number): string {
    return this.units.at(index)?.id ?? ''
  }
}

/**
 * The selected part of an inventory. A unit that is needed by a unit outside of the selection counts as
 * in use: it cannot be removed before that one.
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

const REASONS = ['stale', 'age', 'size', 'space'] as const

/** An inventory during planning: the units taken so far, and those that can be taken next. */
class Pruning {
  freed = 0
  /** Whether a limit on bytes is not met and nothing more can be removed. */
  isShort = false
  private readonly bytesBefore: number
  private readonly candidates: Candidates
  private readonly gone = new Column(Uint32Array)
  private readonly reasons = new Column(Uint8Array)

  constructor(private readonly inventory: Inventory) {
    const { units, bytes } = inventory
    let held = 0
    if (bytes === undefined) for (const unit of units) held += unit.bytes
    this.bytesBefore = bytes ?? held
    this.candidates = new Candidates(units)
  }

  get bytes(): number {
    return this.bytesBefore - this.freed
  }

  next(): Unit | undefined {
    return this.candidates.peek()
  }

  take(unit: Unit, reason: Chosen['reason']): void {
    this.gone.push(this.candidates.take() ?? NaN)
    this.reasons.push(REASONS.indexOf(reason))
    this.freed += unit.bytes
  }

  /** The plan for the taken units, with the limits that they were taken for. */
  plan({ olderThan = Infinity }: Limits, now: number): PrunePlan {
    const { inventory, gone, reasons, bytesBefore, bytes } = this
    const remove = makeList(gone.length, (index): Chosen => {
      const unit = inventory.units.at(gone.get(index))
      if (!unit) throw new Error('a plan contains a unit that is not in its inventory')
      return { unit, reason: REASONS[reasons.get(index)] ?? 'age' }
    })
    const isOld = olderThan === Infinity ? null : isOlderThan(olderThan, now)
    const blocked = isOld || this.isShort ? this.blocked(isOld) : undefined
    const plan = { source: inventory.source, remove, bytesBefore, bytesAfter: bytes }
    return blocked ? { ...plan, blocked } : plan
  }

  private blocked(isOld: ((unit: Unit) => boolean) | null): Blocked | undefined {
    const { inventory, gone, isShort } = this
    const isGone = new Uint8Array(inventory.units.length)
    for (let at = 0; at < gone.length; at++) isGone[gone.get(at)] = 1
    let [index, held, units, bytes] = [0, 0, 0, 0]
    for (const unit of inventory.units) {
      held += unit.bytes
      if (isGone[index++] === 0 && (isShort || (unit.inUse && isOld?.(unit)))) {
        units += 1
        bytes += unit.bytes
      }
    }
    const others = isShort ? Math.max(0, (inventory.bytes ?? held) - held) : 0
    return units + others > 0 ? { units, bytes, otherBytes: others } : undefined
  }
}

/** The one whose next unit is the least recently used; undefined if no unit can be removed. */
function oldest(prunings: readonly Pruning[]): Pruning | undefined {
  let found: Pruning | undefined
  for (const pruning of prunings) {
    const [best, unit] = [found?.next(), pruning.next()]
    if (unit && (!best || goesBefore(unit, best))) found = pruning
  }
  return found
}

/** Takes units from some inventories until they meet the limits together. */
function keep(prunings: readonly Pruning[], limits: Limits, now: number): void {
  const { olderThan = Infinity, maxBytes = Infinity, freeBytes = 0 } = limits
  const isOld = isOlderThan(olderThan, now)
  let bytes = prunings.reduce((sum, pruning) => sum + pruning.bytes, 0)
  let freed = prunings.reduce((sum, pruning) => sum + pruning.freed, 0)
  const reasonFor = (unit: Unit): Chosen['reason'] | null => {
    if (unit.isStale) return 'stale'
    if (isOld(unit)) return 'age'
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
  if (bytes <= maxBytes && freed >= freeBytes) return
  for (const pruning of prunings) pruning.isShort = true
}

/** Whether a unit is older than a limit on age allows. */
function isOlderThan(age: number, now: number) {
  return ({ lastUsed }: Unit) => lastUsed !== null && now - lastUsed > age
}

/**
 * Plans what to remove so that inventories meet their limits: first each one its own size from `own`,
 * then all together the limits for all. Stale units are removed first, then those that are too old,
 * then the least recently used, until the rest is small enough and enough is freed. A unit in use is
 * never removed, nor one that a remaining unit needs. The order of units does not matter. `now` in
 * milliseconds since the epoch. Takes O(n log n).
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
  return prunings.map((pruning) => pruning.plan(all, now))
}

/** Plans what to remove so that one inventory meets its limits, like `planTogether`. */
export function planPrune(inventory: Inventory, limits: Limits, now: number): PrunePlan {
  const pruning = new Pruning(inventory)
  keep([pruning], limits, now)
  return pruning.plan(limits, now)
}
