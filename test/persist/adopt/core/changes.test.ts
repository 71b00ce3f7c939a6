import { expect, test } from 'vitest'
import { changedFiles } from '../../../../src/persist/adopt/core/changes'

test.each([
  ['nothing', '', ''],
  ['a file', '>f+++++++++ a/b', 'a/b\0'],
  ['several', '.d..t...... ./\n>fc........ a b\n', './\0a b\0'],
  ['what was deleted', '*deleting   gone\n>f.st...... a', 'a\0'],
  ['another name of a file', 'hf          a/hard', 'a/hard\0'],
  ['a name with a line break', '>f+++++++++ a\\#012b', 'a\nb\0'],
  ['a name with other bytes', '>f+++++++++ \\#303\\#244', 'Ã¤\0'],
  ['a name with an escape in it', '>f+++++++++ \\#134#012', '\\#012\0'],
])('the changed files of rsync: %s', (_, output, files) => {
  expect(changedFiles(output)).toBe(files)
})
