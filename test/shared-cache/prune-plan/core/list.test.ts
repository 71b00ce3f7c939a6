import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Heap } from '../../../../src/shared-cache/prune-plan/core/heap'
import { Column, makeList } from '../../../../src/shared-cache/prune-plan/core/list'

describe('a list made from indices', () => {
  test('equals an array of the same items', () => {
    const index = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined })
    fc.assert(
      fc.property(
        fc.nat({ max: 10 }),
        index,
        fc.option(fc.nat({ max: 12 }), { nil: undefined }),
        (length, from, to) => {
          const array = Array.from({ length }, (_, i) => `item ${i}`)
          const list = makeList(length, (i) => `item ${i}`)
          expect([...list]).toEqual(array)
          expect(list.length).toBe(length)
          expect(list.at(from ?? 0)).toBe(array.at(from ?? 0))
          expect(list.slice(Math.abs(from ?? 0), to)).toEqual(array.slice(Math.abs(from ?? 0), to))
          expect(list.map((item) => item.length)).toEqual(array.map((item) => item.length))
          const odd = (item: string) => /[13579]$/.test(item)
          expect(list.filter(odd)).toEqual(array.filter(odd))
        },
      ),
    )
  })
  test('has no more than its length', () =>
    expect(makeList(3, String).slice(0, 99)).toHaveLength(3))
})

describe('a column of numbers', () => {
  test('returns what was pushed, also beyond a chunk', () => {
    const column = new Column(Float64Array)
    const values = [1.5, -2, 1e15]
    for (let i = 0; i < 65_536 + 3; i++) column.push(values[i % 3] ?? 0)
    expect(column.length).toBe(65_539)
    for (const at of [0, 1, 2, 65_535, 65_536, 65_538]) expect(column.get(at)).toBe(values[at % 3])
  })
  test('is undefined beyond its end', () => expect(new Column(Uint8Array).get(0)).toBeNaN())
})

describe('a heap', () => {
  const drain = (heap: Heap<number>) => {
    const out: number[] = []
    for (let next = heap.peek(); next !== undefined; next = heap.peek()) {
      expect(heap.pop()).toBe(next)
      out.push(next)
    }
    return out
  }
  test('returns its items in order, with any operations in between', () => {
    const numbers = fc.array(fc.integer(), { maxLength: 60, size: 'max' })
    fc.assert(
      fc.property(numbers, numbers, fc.nat(30), (first, second, taken) => {
        const heap = new Heap<number>((a, b) => a < b)
        const sorted = [...first].sort((a, b) => a - b)
        for (const each of first) heap.push(each)
        for (const each of sorted.slice(0, taken)) expect(heap.pop()).toBe(each)
        for (const each of second) heap.push(each)
        const rest = [...sorted.slice(taken), ...second].sort((a, b) => a - b)
        expect(drain(heap)).toEqual(rest)
      }),
    )
  })
  test('that is empty returns nothing', () => {
    const heap = new Heap<number>((a, b) => a < b)
    expect([heap.peek(), heap.pop()]).toEqual([undefined, undefined])
  })
})
