import { expect, test } from 'vitest'
import { formatList, wrapList } from '../../../src/foundation/output/list'

test.each<[string[], string]>([
  [[], ''],
  [['pip'], 'pip'],
  [['pip', 'uv'], 'pip and uv'],
  [['pip', 'uv', 'npm'], 'pip, uv and npm'],
])('%j in a sentence', (words, text) => expect(formatList(words)).toBe(text))

test.each<[string[], number, string[]]>([
  [[], 10, []],
  [['one', 'two'], 10, ['one, two']],
  [['one', 'two'], 8, ['one, two']],
  [['one', 'two'], 7, ['one,', 'two']],
  [['longer than a line', 'x'], 5, ['longer than a line,', 'x']],
])('%j in lines of %d characters', (words, width, lines) =>
  expect(wrapList(words, width)).toEqual(lines),
)
