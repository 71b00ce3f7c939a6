import { describe, expect, test } from 'vitest'
import { makeTally } from '../../../../src/shared-cache/package-managers/core/usage'
import type { Entry } from '../../../../src/foundation/core/entry'
import { directory, entry } from '../../../support/entries'

function total(entries: readonly Entry[]) {
  const tally = makeTally()
  for (const each of entries) tally.add(each)
  return tally.total(true)
}

describe('the size of a cache', () => {
  test('is zero for an empty one', () => {
    expect(total([])).toEqual({ bytes: 0, files: 0, newestUse: null, complete: true })
  })

  test('directories count with their bytes, not as files', () => {
    expect(total([directory(''), directory('a'), entry('a/b')])).toMatchObject({
      bytes: 3 * 4096,
      files: 1,
    })
  })

  test('a hard-linked file counts once', () => {
    const linked = { inode: '5', links: 2 }
    expect(total([entry('a', linked), entry('b', linked)])).toMatchObject({ bytes: 4096, files: 1 })
  })

  test('directories have several links, and each counts', () => {
    const linked = { inode: '5', links: 3 }
    expect(total([directory('a', linked), directory('b', linked)]).bytes).toBe(8192)
  })

  test('the newest use is that of files: a walk reads directories', () => {
    expect(
      total([directory('a', { accessed: 9 }), entry('b', { accessed: 5, modified: 2 })]).newestUse,
    ).toBe(5)
  })
})
