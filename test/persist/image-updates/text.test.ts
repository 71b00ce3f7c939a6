import { expect, test } from 'vitest'
import type { Note } from '../../../src/persist/image-updates/core/merge'
import { describeNotes } from '../../../src/persist/image-updates/text'

const beside = 'a.image-new'

test.each<[Note, string]>([
  [
    { kind: 'offered', path: 'a', beside, why: 'changed' },
    "/etc/a was changed here and in the image: it stays, the image's version is /etc/a.image-new",
  ],
  [
    { kind: 'offered', path: 'a', beside, why: 'deleted' },
    '/etc/a was deleted here and changed in the image: it stays deleted, the new version is /etc/a.image-new',
  ],
  [
    { kind: 'offered', path: 'a', beside, why: 'in the way' },
    "/etc/a became a file in the image, but has other files in it here: it stays, the image's version is /etc/a.image-new",
  ],
  [
    { kind: 'not-offered', path: 'a' },
    '/etc/a was changed here and in the image: it stays. Remove /etc/a.image-new to get the next version',
  ],
  [{ kind: 'kept', path: 'd/a' }, '/etc/d/a was changed here and removed from the image: it stays'],
  [
    { kind: 'not-empty', path: 'd' },
    '/etc/d was removed from the image: it stays, because it has other files in it',
  ],
  [
    { kind: 'blocked', path: 'd', entries: 1 },
    '/etc/d is not a directory here: 1 entry of the image below it was not copied',
  ],
  [
    { kind: 'blocked', path: 'd', entries: 2 },
    '/etc/d is not a directory here: 2 entries of the image below it were not copied',
  ],
])('%j', (note, line) => {
  expect(describeNotes('/etc', [note])).toEqual([line])
})

test.each([
  ['\xc3\xa4', '/etc/ä'],
  ['a\nb', '"/etc/a\\nb"'],
  ['\x1b[31m', '"/etc/\\u001b[31m"'],
  ['\xc2\x9b', '"/etc/\\u009b"'],
  ['\xff', '"/etc/\\ufffd"'],
  ['\xe2\x80\xae', '"/etc/\\u202e"'],
])('what a terminal would obey is escaped: %j', (path, shown) => {
  expect(describeNotes('/etc', [{ kind: 'kept', path }])[0]).toBe(
    `${shown} was changed here and removed from the image: it stays`,
  )
})

test('many notes are counted', () => {
  const notes = Array.from({ length: 50 }, (_, n): Note => ({ kind: 'kept', path: `${n}` }))
  const lines = describeNotes('/etc', notes)
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('and 30 more')
})
