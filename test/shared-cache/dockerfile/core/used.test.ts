import { expect, test } from 'vitest'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { stagesOf } from '../../../../src/shared-cache/dockerfile/core/stages'

test.each<[string, string, number[]]>([
  ['one stage', 'FROM a', [0]],
  ['a stage that nothing is taken from', 'FROM a\nFROM b', [1]],
  ['COPY by name', 'FROM a AS x\nFROM b\nCOPY --from=x /a /a', [0, 1]],
  ['COPY by name, in other letters', 'FROM a AS Xy\nFROM b\nCOPY --from=xY /a /a', [0, 1]],
  ['COPY by number', 'FROM a\nFROM b\nFROM c\nCOPY --from=1 /a /a', [1, 2]],
  ['COPY from an image', 'FROM a AS x\nFROM b\nCOPY --from=ghcr.io/x /a /a', [1]],
  ['a mount', 'FROM a AS x\nFROM b\nRUN --mount=type=bind,from=x,target=/a make', [0, 1]],
  ['a stage that begins with another', 'FROM a AS x\nFROM x', [0, 1]],
  ['what a used stage needs', 'FROM a AS x\nFROM x AS y\nFROM z\nCOPY --from=y /a /a', [0, 1, 2]],
  ['a name given twice is the last', 'FROM a AS x\nFROM b AS x\nFROM c\nCOPY --from=x a a', [1, 2]],
  ['a stage cannot be taken from itself', 'FROM a AS x\nCOPY --from=x /a /a', [0]],
  ['a number of no stage', 'FROM a\nCOPY --from=7 /a /a', [0]],
])('%s', (_, text, used) => {
  expect([...stagesOf(parseDockerfile(text)).used].sort()).toEqual(used)
})
