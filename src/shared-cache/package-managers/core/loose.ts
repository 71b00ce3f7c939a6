import type { Unit } from '../../prune-plan/core/inventory'
import { Column, type List, makeList } from '../../prune-plan/core/list'
import type { RemovalStep } from './steps'

/**
 * A unit of a few files in one directory, identified by its hash. No other unit needs it. A cache has
 * up to a million of these, so only numbers are kept, and a second walk finds the files to remove.
 */
export interface LooseUnit {
  /** The parent of the directories that hashes are distributed over. */
  readonly group: string
  /** The kind of entry, for messages. */
  readonly noun: string
  /** Hexadecimal digits. */
  readonly hash: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly lastUsed: number
  readonly inUse: boolean
  readonly phases: readonly (readonly RemovalStep[])[]
  /**
   * Whether it is a single file at `GROUP/aa/bb/REST` (from its hash). Such files can be removed by age
   * alone.
   */
  readonly isSpread: boolean
}

/** What many units have in common, and the last phase that removes their files. */
interface Kind extends Pick<LooseUnit, 'group' | 'noun' | 'isSpread'> {
  readonly phase: number
}

/** Units that are removed by age alone. */
export interface Expiry {
  /** Milliseconds since the epoch: files last used before it are removed. */
  readonly before: number
  readonly groups: readonly Pick<Kind, 'group' | 'phase'>[]
  /** Whether other units are removed too, which needs a walk. */
  readonly hasRest: boolean
}

/** Number of digits that a number holds exactly. They distinguish a million hashes. */
const DIGITS = 13

function keyOf(hash: string): string {
  return hash.slice(0, DIGITS).padEnd(DIGITS, '0')
}

/** The id of a unit: its group, and the stored digits of its hash. */
export function looseId({ group, hash }: Pick<LooseUnit, 'group' | 'hash'>): string {
  return `${group}/${keyOf(hash)}`
}

const NONE: readonly string[] = []

/** A loose unit. Its texts are built when they are read. */
class Known implements Unit {
  readonly needs = NONE

  constructor(
    readonly cache: string,
    private readonly kind: Pick<Kind, 'group' | 'noun'>,
    private readonly key: number,
    readonly bytes: number,
    readonly lastUsed: number,
    readonly inUse: boolean,
  ) {}

  get id(): string {
    return looseId({ group: this.kind.group, hash: this.hash })
  }

  get label(): string {
    return `${this.kind.noun} ${this.hash.slice(0, 12)}`
  }

  private get hash(): string {
    return this.key.toString(16).padStart(DIGITS, '0')
  }
}

/** Loose units of one cache, in about 30 bytes each. */
export class LooseStore {
  private readonly kinds: Kind[] = []
  private readonly numberOf = new Map<string, number>()
  private readonly kind = new Column(Uint32Array)
  private readonly inUse = new Column(Uint8Array)
  private readonly key = new Column(Float64Array)
  private readonly bytes = new Column(Float64Array)
  private readonly lastUsed = new Column(Float64Array)

  constructor(private readonly cache: string) {}

  /** Number of phases that remove files; each needs a walk. */
  get phases(): number {
    return Math.max(0, ...this.kinds.map(({ phase }) => phase + 1))
  }

  add(unit: LooseUnit): void {
    this.kind.push(this.kindOf(unit))
    this.inUse.push(Number(unit.inUse))
    this.key.push(parseInt(keyOf(unit.hash), 16))
    this.bytes.push(unit.bytes)
    this.lastUsed.push(unit.lastUsed)
  }

  list(): List<Unit> {
    return makeList(this.kind.length, (index) => this.unit(index))
  }

  /** Number of removable units up to and including this one. */
  upTo(last: Unit): number {
    return this.count(last, ({ id }) => id <= last.id)
  }

  /** Which of the units up to this one are removed by age alone. */
  expiry(last: Unit): Expiry {
    const spread = this.kinds.filter(({ isSpread }) => isSpread)
    const end = last.lastUsed ?? Infinity
    const isWhole = this.count(last, () => true) === this.upTo(last)
    const hasRest = !isWhole || spread.length < this.kinds.length
    return { before: isWhole ? end + 1 : end, groups: spread, hasRest }
  }

  /**
   * Counts removable units: those used before `last`, and those used at the same time that match
   * `goes`.
   */
  private count(last: Unit, goes: (unit: Unit) => boolean): number {
    const end = last.lastUsed ?? Infinity
    let count = 0
    for (let index = 0; index < this.kind.length; index++) {
      if (this.inUse.get(index) === 1) continue
      const use = this.lastUsed.get(index)
      if (use < end || (use === end && goes(this.unit(index)))) count += 1
    }
    return count
  }

  private unit(index: number): Unit {
    const kind = this.kinds[this.kind.get(index)] ?? { group: '', noun: '' }
    const [bytes, lastUsed] = [this.bytes.get(index), this.lastUsed.get(index)]
    const inUse = this.inUse.get(index) === 1
    return new Known(this.cache, kind, this.key.get(index), bytes, lastUsed, inUse)
  }

  private kindOf({ group, noun, isSpread, phases }: LooseUnit): number {
    const name = `${noun} ${group}`
    const known = this.numberOf.get(name)
    if (known !== undefined) return known
    this.numberOf.set(name, this.kinds.length)
    const removing = (steps: readonly RemovalStep[]) =>
      steps.some(({ action }) => action !== 'tidy')
    return this.kinds.push({ group, noun, isSpread, phase: phases.findLastIndex(removing) }) - 1
  }
}

/** Whether a unit sorts before or equal to another: least recently used first, then by id. */
export function isUpTo(unit: Pick<Unit, 'lastUsed' | 'id'>, last: Unit): boolean {
  const use = unit.lastUsed ?? Infinity
  const end = last.lastUsed ?? Infinity
  return use === end ? unit.id <= last.id : use < end
}
