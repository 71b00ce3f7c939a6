/** A binary heap ordered by `before`, with O(log n) operations. */
export class Heap<Item> {
  private readonly items: Item[] = []

  constructor(private readonly before: (a: Item, b: Item) => boolean) {}

  /** The next item; undefined when empty. */
  peek(): Item | undefined {
    return this.items[0]
  }

  push(item: Item): void {
    const { items } = this
    let at = items.length
    items.push(item)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = items[up] as Item
      if (!this.before(item, parent)) break
      items[at] = parent
      at = up
    }
    items[at] = item
  }

  pop(): Item | undefined {
    const { items } = this
    const first = items[0]
    const last = items.pop()
    if (last !== undefined && items.length > 0) this.sink(last)
    return first
  }

  private sink(item: Item): void {
    const { items } = this
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= items.length) break
      if (down + 1 < items.length && this.before(items[down + 1] as Item, items[down] as Item))
        down++
      const child = items[down] as Item
      if (!this.before(child, item)) break
      items[at] = child
      at = down
    }
    items[at] = item
  }
}
