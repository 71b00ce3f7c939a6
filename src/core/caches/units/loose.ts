import type { Unit } from '../inventory'
import { Column, type List, makeList } from '../list'
import type { Step } from './steps'

/**
 * A unit of a few files in one directory, known by its hash, on which nothing stands. Of these a cache
 * has a million: only numbers are kept of them, and another walk finds those that go.
 */
export interface LooseUnit {
  /** The directory above those that the hash is spread over. */
  readonly group: string
  /** What it is to a person. */
  readonly noun: string
  /** Hexadecimal digits. */
  readonly hash: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly lastUsed: number
  readonly inUse: boolean
  readonly phases: readonly (readonly Step[])[]
}

/** Digits that a number holds exactly, and that tell a million hashes apart. */
const DIGITS = 13

function keyOf(hash: string): string {
  return hash.slice(0, DIGITS).padEnd(DIGITS, '0')
}

/** The id of a unit: its group, and what of its hash is kept. */
export function looseId({ group, hash }: Pick<LooseUnit, 'group' | 'hash'>): string {
  return `${group}/${keyOf(hash)}`
}

const NONE: readonly string[] = []

/** What is known of a loose unit; its texts are made when somebody reads them. */
class Known implements Unit {
  readonly needs = NONE

  constructor(
    readonly cache: string,
    private readonly kind: Pick<LooseUnit, 'group' | 'noun'>,
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
  /** Phases that remove files: as many walks are needed. */
  phases = 0
  private readonly kinds: Pick<LooseUnit, 'group' | 'noun'>[] = []
  private readonly numberOf = new Map<string, number>()
  private readonly kind = new Column(Uint32Array)
  private readonly inUse = new Column(Uint8Array)
  private readonly key = new Column(Float64Array)
  private readonly bytes = new Column(Float64Array)
  private readonly lastUsed = new Column(Float64Array)

  constructor(private readonly cache: string) {}

  add(unit: LooseUnit): void {
    this.kind.push(this.kindOf(unit))
    this.inUse.push(Number(unit.inUse))
    this.key.push(parseInt(keyOf(unit.hash), 16))
    this.bytes.push(unit.bytes)
    this.lastUsed.push(unit.lastUsed)
    this.phases = Math.max(
      this.phases,
      unit.phases.findLastIndex((steps) => steps.some(({ action }) => action !== 'tidy')) + 1,
    )
  }

  list(): List<Unit> {
    return makeList(this.kind.length, (index) => this.unit(index))
  }

  /** How many units that may go are not after this one. */
  upTo(last: Unit): number {
    let count = 0
    for (const unit of this.list()) if (!unit.inUse && isUpTo(unit, last)) count += 1
    return count
  }

  private unit(index: number): Unit {
    const kind = this.kinds[this.kind.get(index)] ?? { group: '', noun: '' }
    const [bytes, lastUsed] = [this.bytes.get(index), this.lastUsed.get(index)]
    const inUse = this.inUse.get(index) === 1
    return new Known(this.cache, kind, this.key.get(index), bytes, lastUsed, inUse)
  }

  private kindOf({ group, noun }: LooseUnit): number {
    const name = `${noun} ${group}`
    const known = this.numberOf.get(name)
    if (known !== undefined) return known
    this.numberOf.set(name, this.kinds.length)
    return this.kinds.push({ group, noun }) - 1
  }
}

/** Whether a unit goes before another one or is that: least recently used first, then by id. */
export function isUpTo(unit: Pick<Unit, 'lastUsed' | 'id'>, last: Unit): boolean {
  const use = unit.lastUsed ?? Infinity
  const end = last.lastUsed ?? Infinity
  return use === end ? unit.id <= last.id : use < end
}
