import { constants } from 'node:os'

/**
 * From now on SIGINT, SIGTERM and SIGHUP call `say` and end the program at once, with the exit code that shells
 * use. Returns a function that undoes this.
 */
export function onInterrupt(say: () => void): () => void {
  const undo = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
    const end = () => {
      say()
      process.exit(128 + constants.signals[signal])
    }
    process.on(signal, end)
    return () => process.off(signal, end)
  })
  return () => undo.forEach((one) => one())
}
