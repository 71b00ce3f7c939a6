/**
 * Iterates over what a producer passes to `give` while it runs, one item at a time: `give` resolves
 * when the item was used, so at most one waits. Throws what the producer throws.
 */
export async function* handOver<Item>(
  produce: (give: (item: Item) => Promise<void>) => Promise<unknown>,
): AsyncGenerator<Item> {
  const waiting: { readonly item: Item; readonly used: () => void }[] = []
  const state = { isOver: false, wake: () => undefined as unknown }
  const end = () => {
    state.isOver = true
    state.wake()
  }
  const give = (item: Item) =>
    new Promise<void>((used) => {
      if (state.isOver) used()
      else waiting.push({ item, used })
      state.wake()
    })
  const producing = produce(give).finally(end)
  // Ignore failures after the caller has stopped early.
  producing.catch(() => undefined)
  try {
    while (waiting.length > 0 || !state.isOver) {
      const next = waiting.shift()
      if (next) {
        yield next.item
        next.used()
      } else await new Promise<unknown>((resolve) => (state.wake = () => resolve(null)))
    }
    await producing
  } finally {
    end()
    for (const { used } of waiting) used()
  }
}
