import { constants } from 'node:os'

/**
 * Makes SIGINT and SIGTERM call `say` and exit the process at once, with the exit code that shells use.
 * Returns a function that undoes this.
 */
export function onInterrupt(say: () => void): () => void {
  const undo = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const end = () => {
      say()
      process.exit(128 + constants.signals[signal])
    }
    process.on(signal, end)
    return () => process.off(signal, end)
  })
  return () => undo.forEach((one) => one())
}
