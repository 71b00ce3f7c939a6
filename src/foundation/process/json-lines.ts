import { StringDecoder } from 'node:string_decoder'

/**
 * Parses lines of JSON that arrive in chunks and calls `each` with every value. A chunk may end in the
 * middle of a line or of a character. Throws SyntaxError for a line that is not JSON.
 */
export function readJsonLines(each: (said: unknown) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) each(JSON.parse(line))
  }
}
