import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Entry } from '../../../../src/foundation/core/entry'
import { makeFreed } from '../../../../src/persist/clean/core/freed'

const file = (inode: string, bytes: number, links: number): Entry => ({
  ...{ type: 'file', bytes, inode, links, accessed: 0, modified: 0 },
  ...{ identity: '', path: '', target: '' },
})

describe('what is freed', () => {
  it.each<[string, Entry[], { files: number; bytes: number }]>([
    ['nothing', [], { files: 0, bytes: 0 }],
    ['two files', [file('1', 10, 1), file('2', 20, 1)], { files: 2, bytes: 30 }],
    ['one name of two', [file('1', 10, 2)], { files: 1, bytes: 0 }],
    ['both names, counted before', [file('1', 10, 2), file('1', 10, 2)], { files: 2, bytes: 10 }],
    ['both names, one gone by then', [file('1', 10, 2), file('1', 10, 1)], { files: 2, bytes: 10 }],
    ['two names of three', [file('1', 10, 3), file('1', 10, 2)], { files: 2, bytes: 0 }],
  ])('%s', (_, entries, total) => {
    const freed = makeFreed()
    entries.forEach(freed.add)
    expect(freed.total()).toEqual(total)
  })

  it('is each file once, however many names it has', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 }), (links) => {
        const freed = makeFreed()
        for (const [inode, count] of links.entries()) {
          for (let left = count; left > 0; left -= 1) freed.add(file(String(inode), 7, left))
        }
        const names = links.reduce((sum, count) => sum + count, 0)
        expect(freed.total()).toEqual({ files: names, bytes: 7 * links.length })
      }),
    )
  })
})
