import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  findDirectory,
  HEAD_LENGTH,
  headLength,
  type Member,
  readDirectory,
  TAIL,
} from '../../../../src/shared-cache/package-managers/core/zip'

const number = (value: number, length: number) =>
  Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256)
const u16 = (value: number) => number(value, 2)
const u32 = (value: number) => number(value, 4)
const u64 = (value: number) => number(value, 8)
const utf8 = (text: string) => [...new TextEncoder().encode(text)]
const bytes = (...parts: readonly (readonly number[])[]) => Uint8Array.from(parts.flat())
const LARGE = 0xffffffff

const MEMBER: Member = {
  ...{ name: 'a/b.py', method: 8, encrypted: false, crc: 0xdeadbeef },
  ...{ compressed: 10, size: 20, offset: 30 },
}

/** A member in a central directory; `extra` are its extra fields, `comment` is its comment. */
function listed(member: Partial<Member> = {}, extra: readonly number[] = [], comment = '') {
  const { name, method, encrypted, crc, compressed, size, offset } = { ...MEMBER, ...member }
  return [
    ...[...u32(0x02014b50), ...u16(20), ...u16(20), ...u16(encrypted ? 0x801 : 0x800)],
    ...[...u16(method), ...u32(0), ...u32(crc), ...u32(compressed), ...u32(size)],
    ...[...u16(utf8(name).length), ...u16(extra.length), ...u16(comment.length)],
    ...[...u16(0), ...u16(0), ...u32(0), ...u32(offset)],
    ...[...utf8(name), ...extra, ...utf8(comment)],
  ]
}
const end = (count: number, length: number, at: number, comment = '') => [
  ...[...u32(0x06054b50), ...u32(0), ...u16(count), ...u16(count), ...u32(length), ...u32(at)],
  ...[...u16(comment.length), ...utf8(comment)],
]
/** The records before the end record of a large file: the zip64 end record, and its position. */
const end64 = (count: number, length: number, at: number) => [
  ...[...u32(0x06064b50), ...u64(44), ...u32(0), ...u32(0), ...u32(0)],
  ...[...u64(count), ...u64(count), ...u64(length), ...u64(at)],
  ...[...u32(0x07064b50), ...u32(0), ...u64(0), ...u32(1)],
]

describe('the position of the directory of a zip file', () => {
  const found = { at: 3, length: 5, count: 2 }
  test('is in its end record', () =>
    expect(findDirectory(bytes([9, 9, 9], [1, 2, 3, 4, 5], end(2, 5, 3)), 30)).toEqual(found))
  test('is in an end record followed by a comment', () => {
    const file = bytes([9, 9, 9], [1, 2, 3, 4, 5], end(2, 5, 3, 'a comment'))
    expect(findDirectory(file, file.length)).toEqual(found)
  })
  test('counts from the start of the file, of which only the tail was read', () => {
    const tail = bytes([4, 5], end(2, 5, 1003))
    expect(findDirectory(tail, 1000 + 8 + 22)).toEqual({ at: 1003, length: 5, count: 2 })
    expect(findDirectory(tail, 1000 + 7 + 22)).toBeUndefined()
  })
  test('is in the last end record, if a comment contains one', () => {
    const file = bytes([9, 9, 9], [1, 2, 3, 4, 5], end(2, 5, 3), end(1, 1, 1))
    expect(findDirectory(file, file.length)).toEqual({ at: 1, length: 1, count: 1 })
  })
  test('of a large file is before the end record', () => {
    const file = bytes([9, 9, 9], [1, 2, 3, 4, 5], end64(70_000, 5, 3), end(0xffff, LARGE, LARGE))
    expect(findDirectory(file, file.length)).toEqual({ at: 3, length: 5, count: 70_000 })
  })
  test('of a file of more than 4 GiB is there too', () => {
    const at = 5 * 2 ** 32
    const tail = bytes([1, 2, 3, 4, 5], end64(2, 5, at), end(2, LARGE, LARGE))
    expect(findDirectory(tail, at + tail.length)).toEqual({ at, length: 5, count: 2 })
  })
  test.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['text', bytes(utf8('<html>'.repeat(10)))],
    ['an end that is cut off', bytes(end(0, 0, 0).slice(0, 21))],
    ['an end whose directory does not fit before it', bytes([1, 2, 3], end(1, 4, 0))],
    ['an end whose directory begins behind it', bytes([1, 2, 3], end(1, 0, 4))],
  ])('is missing in %s', (_, file) => expect(findDirectory(file, file.length)).toBeUndefined())
  test('is in the end record, if what precedes it only resembles that of a large file', () => {
    const parts = end64(1, 0, 0)
    for (const at of [0, 56]) {
      const broken = parts.with(at, 0)
      const file = bytes(broken, end(2, 5, 3))
      expect(findDirectory(file, file.length)).toEqual(found)
    }
  })
  test('is found with any comment and any other content at the end', () => {
    const file = bytes(end64(1, 0, 0), end(0xffff, LARGE, LARGE, 'c'.repeat(0xffff)))
    expect(file.length).toBe(TAIL)
    expect(findDirectory(file, file.length)).toEqual({ at: 0, length: 0, count: 1 })
  })
})

describe('the members in a directory', () => {
  test.each<[string, Partial<Member>]>([
    ['a file', {}],
    ['a stored one', { method: 0 }],
    ['an encrypted one', { encrypted: true }],
    ['one with another name', { name: 'é/ü.txt' }],
    ['an empty one', { size: 0, compressed: 0, crc: 0, offset: 0 }],
    ['a large one', { size: LARGE - 1, compressed: LARGE - 2, offset: LARGE - 3 }],
  ])('%s', (_, over) =>
    expect(readDirectory(bytes(listed(over)), 1)).toEqual([{ ...MEMBER, ...over }]),
  )
  test('are in their order, and their comments are skipped', () => {
    const extra = [...u16(0x5455), ...u16(5), 1, 2, 3, 4, 5]
    const directory = bytes(listed({ name: 'a' }, extra, 'why'), listed({ name: 'b' }))
    expect(readDirectory(directory, 2)?.map(({ name }) => name)).toEqual(['a', 'b'])
  })
  test('are none for an empty file', () => expect(readDirectory(bytes(), 0)).toEqual([]))

  const two = bytes(listed({ name: 'a' }), listed({ name: 'b' }))
  test.each<[string, Uint8Array, number]>([
    ['lists one member less', two, 1],
    ['lists one member more', two, 3],
    ['is cut off', two.subarray(0, two.length - 1), 2],
    ['has something behind its members', bytes(listed(), [0]), 1],
    ['begins with something else', bytes([1], listed()), 1],
    ['is cut off in the head of a member', two.subarray(0, 45), 1],
  ])('are none if it %s', (_, directory, count) =>
    expect(readDirectory(directory, count)).toBeUndefined(),
  )
})

describe('the sizes of a large member', () => {
  const sizes = (over: Partial<Member>, ...extra: readonly number[]) => {
    const member = readDirectory(bytes(listed(over, extra)), 1)?.[0]
    return [member?.size, member?.compressed, member?.offset]
  }
  const of64 = (...values: number[]) => [
    ...u16(1),
    ...u16(8 * values.length),
    ...values.flatMap(u64),
  ]
  const all = { size: LARGE, compressed: LARGE, offset: LARGE }

  test.each<[string, Partial<Member>, number[], number[]]>([
    ['all of them', all, of64(2 ** 33, 2 ** 34, 2 ** 35), [2 ** 33, 2 ** 34, 2 ** 35]],
    ['the size alone', { size: LARGE }, of64(2 ** 33), [2 ** 33, 10, 30]],
    ['the offset alone', { offset: LARGE }, of64(2 ** 33), [20, 10, 2 ** 33]],
    ['two of them', { size: LARGE, offset: LARGE }, of64(5e9, 6e9), [5e9, 10, 6e9]],
    [
      'behind another field',
      { size: LARGE },
      [...u16(0x5455), ...u16(5), 1, 2, 3, 4, 5, ...of64(5e9)],
      [5e9, 10, 30],
    ],
    ['none where it is not large', {}, of64(5e9), [20, 10, 30]],
    ['none that is cut off', all, [...u16(1), ...u16(8), ...u64(5e9)], [5e9, LARGE, LARGE]],
    [
      'none of another field',
      { size: LARGE },
      [...u16(2), ...u16(8), ...u64(5e9)],
      [LARGE, 10, 30],
    ],
    ['none of a field without a head', { size: LARGE }, u16(1), [LARGE, 10, 30]],
  ])('%s', (_, over, extra, expected) => expect(sizes(over, ...extra)).toEqual(expected))
})

describe('the length of the header of a member', () => {
  const head = (name: number, extra: number) =>
    bytes(u32(0x04034b50), Array<number>(22).fill(7), u16(name), u16(extra))
  test('is that of its fixed part, its name and its extra fields', () => {
    expect(headLength(head(0, 0))).toBe(HEAD_LENGTH)
    expect(headLength(head(300, 1000))).toBe(30 + 300 + 1000)
    expect(headLength(bytes([...head(5, 6)], [1, 2]))).toBe(41)
  })
  test('is undefined for anything truncated or different', () => {
    expect(headLength(head(0, 0).subarray(0, 29))).toBeUndefined()
    expect(headLength(bytes([0], [...head(0, 0)]))).toBeUndefined()
  })
})

test('what was written is found and parsed', () => {
  const size = fc.nat({ max: LARGE - 1 })
  const member = fc.record({
    name: fc.string({ minLength: 1, maxLength: 20, size: 'max' }),
    ...{ method: fc.constantFrom(0, 8), encrypted: fc.boolean(), crc: fc.nat({ max: LARGE }) },
    ...{ compressed: size, size, offset: size },
  })
  const members = fc.array(member, { maxLength: 12, size: 'max' })
  fc.assert(
    fc.property(members, fc.nat({ max: 40 }), fc.boolean(), (all, before, isLarge) => {
      const directory = all.flatMap((one) => listed(one))
      const { length } = directory
      const large = [...end64(all.length, length, before), ...end(0xffff, LARGE, LARGE)]
      const file = bytes(
        Array<number>(before).fill(9),
        directory,
        isLarge ? large : end(all.length, length, before),
      )
      const found = findDirectory(file, file.length)
      expect(found).toEqual({ at: before, length, count: all.length })
      expect(readDirectory(file.subarray(before, before + length), all.length)).toEqual(all)
    }),
  )
})
