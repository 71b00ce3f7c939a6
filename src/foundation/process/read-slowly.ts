import type { Readable } from 'node:stream'

/**
 * Calls `read` with each chunk of a stream, and waits for the promise that it returns before the next
 * one. Resolves after the last chunk was read; the program may have exited before. Pausing the stream
 * does not work: Node resumes the output of a child process when it exits.
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
