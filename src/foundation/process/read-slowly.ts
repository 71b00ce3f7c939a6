import type { Readable } from 'node:stream'

/**
 * Gives each chunk of a stream; when a promise comes back, no more before that is over. Ends when the
 * reader is done with the last one: a program may be gone before. Pausing the stream would not do,
 * because Node resumes what a child left when it exits.
 */
export async function readSlowly(
  stream: Readable,
  read: (chunk: Buffer) => unknown,
): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const busy = read(chunk)
    if (busy instanceof Promise) await busy
  }
}
