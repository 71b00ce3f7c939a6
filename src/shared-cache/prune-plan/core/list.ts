/**
 * An ordered list like an array. For very many items only numbers are stored, and each item is made
 * when it is read, so that a caller can iterate without keeping all of them in memory.
 */
export interface List<Item> extends Iterable<Item> {
  readonly length: number
  at(index: number): Item | undefined
  slice(from?: number, to?: number): readonly Item[]
  map<Other>(each: (item: Item) => Other): readonly Other[]
  filter(chosen: (item: Item) => boolean): readonly Item[]
}

class Made<Item> implements List<Item> {
  constructor(
    readonly length: number,
    private readonly make: (index: number) => Item,
  ) {}

  at(index: number): Item | undefined {
    const from = index < 0 ? this.length + index : index
    return from >= 0 && from < this.length ? this.make(from) : undefined
  }

  slice(from = 0, to = this.length): readonly Item[] {
    const end = Math.min(to, this.length)
    return Array.from({ length: Math.max(0, end - from) }, (_, index) => this.make(from + index))
  }

  map<Other>(each: (item: Item) => Other): readonly Other[] {
    return Array.from(this, each)
  }

  filter(chosen: (item: Item) => boolean): readonly Item[] {
    const found: Item[] = []
    for (const item of this) if (chosen(item)) found.push(item)
    return found
  }

  *[Symbol.iterator](): Generator<Item> {
    for (let index = 0; index < this.length; index++) yield this.make(index)
  }
}

/** A list whose items are made from their index. */
export function makeList<Item>(length: number, make: (index: number) => Item): List<Item> {
  return new Made(length, make)
}

const CHUNK = 1 << 16

type Numbers = Float64Array | Uint32Array | Uint8Array

/** A growing sequence of numbers in typed arrays; growing copies nothing. */
export class Column {
  length = 0
  private readonly chunks: Numbers[] = []

  constructor(private readonly kind: new (length: number) => Numbers) {}

  push(value: number): void {
    const place = this.length % CHUNK
    if (place === 0) this.chunks.push(new this.kind(CHUNK))
    const chunk = this.chunks.at(-1)
    if (chunk) chunk[place] = value
    this.length += 1
  }

  /** The number at an index. */
  get(index: number): number {
    return this.chunks[Math.floor(index / CHUNK)]?.[index % CHUNK] ?? NaN
  }
}
