import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bytes,
  Malformed,
  readMsgpack,
  type Value,
} from '../../../../src/shared-cache/package-managers/core/msgpack'

const source = (bytes: Uint8Array): Bytes => ({
  length: bytes.length,
  read: (at, length) => bytes.subarray(at, at + length),
})
const read = (...bytes: readonly number[]) =>
  readMsgpack(source(Uint8Array.from(bytes)), 0, bytes.length)

const number = (value: number, length: number) =>
  Array.from({ length }, (_, i) => Math.floor(value / 256 ** (length - 1 - i)) % 256)
const utf8 = (text: string) => [...new TextEncoder().encode(text)]
const times = (count: number, ...bytes: readonly number[]) =>
  Array.from({ length: count }, () => bytes).flat()

describe('each type of MessagePack is read', () => {
  test.each<[string, readonly number[], unknown]>([
    ['the smallest number', [0], 0],
    ['the largest number of one byte', [0x7f], 127],
    ['a number below zero', [0xff], -1],
    ['the smallest of those', [0xe0], -32],
    ['8 bits', [0xcc, 0xff], 255],
    ['16 bits', [0xcd, 0x01, 0x02], 0x0102],
    ['32 bits', [0xce, 0xff, 0, 0, 1], 0xff000001],
    ['64 bits', [0xcf, 0, 0, 1, 0, 0, 0, 0, 2], 0x10000000002],
    ['8 bits with a sign', [0xd0, 5], 5],
    ['16 bits with a sign', [0xd1, 1, 0], 256],
    ['32 bits with a sign', [0xd2, 0, 0, 1, 0], 256],
    ['64 bits with a sign', [0xd3, 0, 0, 0, 0, 0, 0, 1, 0], 256],
    ['nothing', [0xc0], null],
    ['false', [0xc2], false],
    ['true', [0xc3], true],
    ['no text', [0xa0], ''],
    ['a short text', [0xa3, 0x61, 0x62, 0x63], 'abc'],
    ['the longest short text', [0xbf, ...times(31, 0x61)], 'a'.repeat(31)],
    ['a text of more than one byte a letter', [0xa2, ...utf8('é')], 'é'],
    ['a text of 8 bits', [0xd9, 2, 0x61, 0x62], 'ab'],
    ['a text of 16 bits', [0xda, 0, 2, 0x61, 0x62], 'ab'],
    ['a text of 32 bits', [0xdb, 0, 0, 0, 2, 0x61, 0x62], 'ab'],
    ['an empty list', [0x90], []],
    ['a short list', [0x92, 1, 2], [1, 2]],
    ['the longest short list', [0x9f, ...times(15, 1)], times(15, 1)],
    ['a list of 16 bits', [0xdc, 0, 2, 1, 2], [1, 2]],
    ['a list of 32 bits', [0xdd, 0, 0, 0, 2, 1, 2], [1, 2]],
    ['an empty map', [0x80], new Map()],
    ['a short map', [0x81, 0xa1, 0x61, 1], new Map([['a', 1]])],
    ['a map of 16 bits', [0xde, 0, 1, 0xa1, 0x61, 1], new Map([['a', 1]])],
    ['a map of 32 bits', [0xdf, 0, 0, 0, 1, 0xa1, 0x61, 1], new Map([['a', 1]])],
    [
      'a map whose key is no text, which is left out',
      [0x82, 5, 1, 0xa1, 0x61, 2],
      new Map([['a', 2]]),
    ],
    ['bytes of 8 bits', [0xc4, 2, 9, 9], { at: 2, length: 2 }],
    ['bytes of 16 bits', [0xc5, 0, 2, 9, 9], { at: 3, length: 2 }],
    ['bytes of 32 bits', [0xc6, 0, 0, 0, 2, 9, 9], { at: 5, length: 2 }],
    ['an extension of 8 bits', [0xc7, 1, 0, 9], { at: 2, length: 2 }],
    ['an extension of 16 bits', [0xc8, 0, 1, 0, 9], { at: 3, length: 2 }],
    ['an extension of 32 bits', [0xc9, 0, 0, 0, 1, 0, 9], { at: 5, length: 2 }],
    ['an extension of one byte', [0xd4, 0, 9], { at: 1, length: 2 }],
    ['an extension of 16 bytes', [0xd8, 0, ...times(16, 9)], { at: 1, length: 17 }],
    ['a number with a point, of 32 bits', [0xca, 0, 0, 0, 0], { at: 1, length: 4 }],
    ['a number with a point, of 64 bits', [0xcb, ...times(8, 0)], { at: 1, length: 8 }],
  ])('%s', (_, bytes, expected) => expect(read(...bytes)).toEqual(expected))
})

describe('anything but a single value is malformed', () => {
  test.each<[string, readonly number[], string]>([
    ['nothing', [], 'cut off'],
    ['a byte that no type has', [0xc1], 'begins nothing'],
    ['two values', [1, 2], 'more than one value'],
    ['a text that is cut off', [0xa3, 0x61, 0x62], 'cut off'],
    ['bytes that are cut off', [0xc4, 3, 9, 9], 'cut off'],
    ['a list that is cut off', [0x92, 1], 'cut off'],
    ['a length that is cut off', [0xda, 0], 'cut off'],
    ['a list far longer than the file', [0xdd, 0xff, 0xff, 0xff, 0xff, 1], 'cut off'],
    ['65 lists in each other', [...times(65, 0x91), 1], 'too deep'],
    ['65 maps in each other', [...times(65, 0x81, 0xa0), 1], 'too deep'],
  ])('%s', (_, bytes, message) => {
    expect(() => read(...bytes)).toThrow(Malformed)
    expect(() => read(...bytes)).toThrow(message)
  })
  test('64 nested lists are not too deep', () =>
    expect(JSON.stringify(read(...times(64, 0x91), 1))).toBe(`${'['.repeat(64)}1${']'.repeat(64)}`))
  test('unreadable bytes are malformed', () => {
    const shrunk: Bytes = { length: 9, read: () => new Uint8Array(1) }
    expect(() => readMsgpack(shrunk, 0, 4)).toThrow(Malformed)
  })
})

test('a text of up to 64 KiB is kept, a longer one is not', () => {
  const of = (length: number) => [0xdb, ...number(length, 4), ...times(length, 0x61)]
  expect(read(...of(65_536))).toBe('a'.repeat(65_536))
  expect(read(...of(65_537))).toEqual({ at: 5, length: 65_537 })
})

test('only bytes between the two offsets are read', () =>
  expect(readMsgpack(source(Uint8Array.of(1, 2, 3)), 1, 2)).toBe(2))

/** A value as any writer of MessagePack may write it: several types can store it. */
const text = fc.string({ maxLength: 40, size: 'max' })
const packedText = text.chain((value) => {
  const bytes = utf8(value)
  const short = bytes.length < 32 ? [[0xa0 | bytes.length, ...bytes]] : []
  const form = fc.constantFrom(
    ...short,
    [0xd9, bytes.length, ...bytes],
    [0xda, ...number(bytes.length, 2), ...bytes],
    [0xdb, ...number(bytes.length, 4), ...bytes],
  )
  return form.map((packed) => ({ value, packed }))
})
type Packed = { readonly value: Value; readonly packed: readonly number[] }
const packedNumber = fc
  .nat({ max: 0xffffffff })
  .map((value): Packed => ({ value, packed: value < 128 ? [value] : [0xce, ...number(value, 4)] }))
const constant = fc.constantFrom<Packed[]>(
  { value: null, packed: [0xc0] },
  { value: true, packed: [0xc3] },
  { value: false, packed: [0xc2] },
)
const { any } = fc.letrec<{ any: Packed }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    packedText,
    packedNumber,
    constant,
    fc.array(tie('any'), { maxLength: 5 }).map((all) => ({
      value: all.map(({ value }) => value),
      packed: [0x90 | all.length, ...all.flatMap(({ packed }) => packed)],
    })),
    fc.array(fc.tuple(packedText, tie('any')), { maxLength: 5 }).map((all) => ({
      value: new Map(all.map(([key, { value }]) => [key.value, value])),
      packed: [
        0x80 | all.length,
        ...all.flatMap(([key, { packed }]) => [...key.packed, ...packed]),
      ],
    })),
  ),
}))

test('what was written is parsed, and a truncated value is not', () => {
  fc.assert(
    fc.property(any, fc.nat(), ({ value, packed }, at) => {
      expect(read(...packed)).toEqual(value)
      expect(() => read(...packed.slice(0, at % packed.length))).toThrow(Malformed)
    }),
  )
})
