import { expect, test } from 'vitest'
import { limitLines } from '../../../src/persist/volumes/text'
import { sampleVolume } from '../../support/volumes'

test.each<[string, number | null, string | null, string[]]>([
  ['none', null, null, []],
  ['none, where none can be enforced', null, 'tmpfs has no limits', []],
  ['an enforced one', 15e9, null, ['The limit of 15 GB is enforced by the file system']],
  [
    'a watched one',
    15e9,
    'tmpfs has no limits',
    ['The limit of 15 GB is watched, not enforced: tmpfs has no limits'],
  ],
])('the line about a limit: %s', (_, size, watched, lines) => {
  expect(limitLines(sampleVolume({ size }), watched)).toEqual(lines)
})
