import { describe, expect, test } from 'vitest'
import { reportLines } from '../../../src/foundation/output/report-text'

type Rows = Parameters<typeof reportLines>[1]

describe('the rows of a report', () => {
  test.each<[string, Rows, string[]]>([
    ['no rows', {}, []],
    ['a value', { enabled: 'true' }, ['Storage enabled:               true']],
    ['a key with dashes', { 'run-access': 'ro' }, ['Storage run access:            ro']],
    ['an empty value', { group: '' }, ['Storage group:']],
    [
      'several values: each on a line of its own',
      { paths: ['/a', '/b'] },
      ['Storage paths:                 /a', '                               /b'],
    ],
    [
      'no values: left out',
      { paths: [], enabled: 'true' },
      ['Storage enabled:               true'],
    ],
    [
      'a long key: all values move to the right',
      { 'a-key-that-is-longer-than-dokkus': '1', b: '2' },
      [
        'Storage a key that is longer than dokkus: 1',
        'Storage b:                                2',
      ],
    ],
  ])('%s', (_, rows, lines) => {
    expect(reportLines('Storage', rows)).toEqual(lines)
  })
})
