import type { Readable } from 'node:stream'

/** Gives each chunk of a stream; when a promise comes back, no more before that is over. */
export function readSlowly(
  stream: Readable,
  read: (chunk: Buffer) => unknown,
  failed: (error: Error) => void,
): void {
  stream.on('data', (chunk: Buffer) => {
    const busy = read(chunk)
    if (!(busy instanceof Promise)) return
    stream.pause()
    busy.then(() => stream.resume(), failed)
  })
}
