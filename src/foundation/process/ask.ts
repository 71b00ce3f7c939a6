import { createInterface } from 'node:readline'

/** The first line of the standard input; null where it ends before one. */
export async function readLine(): Promise<string | null> {
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return line
    return null
  } finally {
    lines.close()
    // Something that is still being read would keep the program alive.
    process.stdin.destroy()
  }
}
