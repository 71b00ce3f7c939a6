import { StringDecoder } from 'node:string_decoder'

/**
 * Takes chunks of lines of JSON and gives what each line says; what is cut off at the end of a chunk
 * waits, be it within a character. Throws SyntaxError for a line that is no JSON.
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
