import { createInterface } from 'node:readline'

/** The first line of the standard input; null if there is none. */
export async function readLine(): Promise<string | null> {
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return line
    return null
  } finally {
    lines.close()
    // An open standard input would keep the process alive.
    process.stdin.destroy()
  }
}
