import { expect, test } from 'vitest'
import { readJsonLines } from '../../../src/foundation/process/json-lines'

const SAID = [{ path: 'npm/größe' }, { path: 'pip/日本' }, { path: 'uv/🦀' }]
const BYTES = Buffer.from(SAID.map((line) => `${JSON.stringify(line)}\n`).join(''))

function readInChunks(bytes: number): unknown[] {
  const said: unknown[] = []
  const read = readJsonLines((line) => said.push(line))
  for (let at = 0; at < BYTES.length; at += bytes) read(BYTES.subarray(at, at + bytes))
  return said
}

test.each([1, 2, 3, 5])(
  'lines are complete although chunks of %d bytes split their characters',
  (bytes) => expect(readInChunks(bytes)).toEqual(SAID),
)

test('a line is passed on only when it is complete', () => {
  const said: unknown[] = []
  const read = readJsonLines((line) => said.push(line))
  read(Buffer.from('{"done":1}\n{"done'))
  expect(said).toEqual([{ done: 1 }])
  read(Buffer.from('":2}\n'))
  expect(said).toEqual([{ done: 1 }, { done: 2 }])
})

test('a line that is not JSON is rejected', () =>
  expect(() => readJsonLines(() => undefined)(Buffer.from('sudo: no\n'))).toThrow(SyntaxError))
