import fc from 'fast-check'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  checksumIn,
  indexPath,
  namesAndVersions,
} from '../../../../src/shared-cache/package-managers/cargo/core/index-entry'
import { crc32 } from '../../../../src/shared-cache/package-managers/core/crc32'
import { planFix } from '../../../../src/shared-cache/verify/core/fix'
import {
  actionIn,
  isVersionInfo,
  moduleHash,
  namesModule,
  unescapeGo,
} from '../../../../src/shared-cache/package-managers/go/core/entries'
import { Malformed, readMsgpack } from '../../../../src/shared-cache/package-managers/core/msgpack'
import { readRecord } from '../../../../src/shared-cache/package-managers/uv/core/record'
import {
  findDirectory,
  headLength,
  readDirectory,
} from '../../../../src/shared-cache/package-managers/core/zip'
import { msgpack } from '../../../support/cache-files'

const bytesOf = (bytes: Uint8Array) => ({
  length: bytes.length,
  read: (at: number, length: number) => bytes.subarray(at, at + length),
})

describe('malicious input never breaks a parser', () => {
  test('MessagePack is parsed or malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
        try {
          readMsgpack(bytesOf(bytes), 0, bytes.length)
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed)
        }
      }),
    )
  })

  test('a zip directory is found or not', () => {
    const end = Uint8Array.of(0x50, 0x4b, 5, 6)
    const entry = Uint8Array.of(0x50, 0x4b, 1, 2)
    const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(end, entry)))
    fc.assert(
      fc.property(parts, fc.nat(5), (pieces, count) => {
        const bytes = Uint8Array.from(pieces.flatMap((piece) => Array.from(piece)))
        const found = findDirectory(bytes, bytes.length)
        if (found) {
          // It is before its end record, which has at least 22 bytes.
          expect(found.at + found.length).toBeLessThanOrEqual(bytes.length - 22)
          expect(found.at).toBeGreaterThanOrEqual(0)
        }
        const members = readDirectory(bytes, count)
        if (members) {
          expect(members).toHaveLength(count)
          expect(46 * count).toBeLessThanOrEqual(bytes.length)
        }
        const head = headLength(bytes)
        if (head !== undefined) expect([head >= 30, bytes.length >= 30]).toEqual([true, true])
      }),
    )
  })

  test('a RECORD has a line for each that is not empty, and missing fields are empty', () => {
    const field = fc.string({ unit: fc.constantFrom(...Array.from('ab,"=1 \r\t')), maxLength: 8 })
    const text = fc.array(field, { maxLength: 10, size: 'max' }).map((all) => all.join('\n'))
    fc.assert(
      fc.property(text, (record) => {
        const lines = record.split(/\r?\n/).filter((line) => line !== '')
        const read = readRecord(record)
        expect(read).toHaveLength(lines.length)
        for (const { digest, algorithm, size } of read) {
          if (digest === '') expect(algorithm).toBe('')
          if (size !== null) expect(size).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })

  test('a RECORD is parsed as it was written, with any file names', () => {
    const path = fc.string({
      unit: fc.constantFrom(...Array.from('ab,"=/. ')),
      minLength: 1,
      maxLength: 12,
    })
    const digest = fc.stringMatching(/^[\w-]{1,43}$/)
    const line = fc.record({ path, digest: fc.option(digest), size: fc.option(fc.nat()) })
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const text = lines.map((each) => {
          const hash = each.digest === null ? '' : `sha256=${each.digest}`
          return `${quoted(each.path)},${hash},${each.size ?? ''}${end}`
        })
        expect(readRecord(text.join(''))).toEqual(
          lines.map(({ path: name, digest: value, size }) => ({
            ...{ path: name, digest: value ?? '', size },
            algorithm: value === null ? '' : 'sha256',
          })),
        )
      }),
    )
  })
})

describe('MessagePack', () => {
  test('what was packed is parsed, and truncated values are malformed', () => {
    const packed = msgpack({ a: 'text', b: [1, 2, { c: 'd' }] })
    const value = readMsgpack(bytesOf(packed), 0, packed.length)
    expect(value).toEqual(
      new Map<string, unknown>([
        ['a', 'text'],
        ['b', [1, 2, new Map([['c', 'd']])]],
      ]),
    )
    for (let end = 0; end < packed.length; end++) {
      expect(() => readMsgpack(bytesOf(packed), 0, end)).toThrow(Malformed)
    }
  })

  test('a long list of lists is too deep', () => {
    const deep = new Uint8Array(1000).fill(0x91)
    expect(() => readMsgpack(bytesOf(deep), 0, deep.length)).toThrow('too deep')
  })
})

test('the CRC-32 is that of gzip, in one piece or in several', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      const expected = gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8)
      expect(crc32(bytes)).toBe(expected)
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(expected)
    }),
  )
})

test.each([
  ['a', '1/a'],
  ['cc', '2/cc'],
  ['log', '3/l/log'],
  ['Serde', 'se/rd/serde'],
])('the index has %s at %s', (name, path) => {
  expect(indexPath(name)).toBe(path)
})

test.each([
  ['rand_core-0.6.4', [['rand_core', '0.6.4']]],
  [
    'md-5-0.10.1-rc.1',
    [
      ['md', '5-0.10.1-rc.1'],
      ['md-5', '0.10.1-rc.1'],
    ],
  ],
  ['nothing', []],
])('%s is read as %j', (stem, expected) => {
  expect(namesAndVersions(stem).map(({ name, version }) => [name, version])).toEqual(expected)
})

test.each([
  ['\0' + '1.0.0\0{"cksum":"' + 'a'.repeat(64) + '"}\0', 'a'.repeat(64)],
  ['\0' + '1.0.0\0{"cksum":"short"}\0', undefined],
  ['\0' + '1.0.0\0{"cksum":', undefined],
  ['\0' + '1.0.01\0{"cksum":"' + 'a'.repeat(64) + '"}\0', undefined],
])('the checksum in an index file: case %#', (text, expected) => {
  expect(checksumIn(text, '1.0.0')).toBe(expected)
})

test('a RECORD may have commas and quotes in its names, and lines without a hash', () => {
  const text = '"a,""b"".py",sha256=abc,12\r\nx/RECORD,,\n'
  expect(readRecord(text)).toEqual([
    { path: 'a,"b".py', algorithm: 'sha256', digest: 'abc', size: 12 },
    { path: 'x/RECORD', algorithm: '', digest: '', size: null },
  ])
})

test('files in a removed directory are removed with it', () => {
  const step = (action: 'unlink' | 'trash', path: string) => ({ action, path, identity: '1:1' })
  const fix = planFix([
    { path: 'a/b/c', why: '', phases: [[step('unlink', 'a/b/c')]] },
    { path: 'a/b', why: '', phases: [[step('unlink', 'x')], [step('trash', 'a/b')]] },
    { path: 'a/bc', why: '', phases: [[step('unlink', 'a/bc')]] },
  ])
  expect(fix.steps.map(({ path }) => path)).toEqual(['a/b', 'a/bc', 'x'])
  expect(fix.owners).toEqual([[0, 1], [2], [1]])
})

describe("Go's files", () => {
  const [id, output] = ['a'.repeat(64), 'b'.repeat(64)]
  const entry = `v1 ${id} ${output} ${'12'.padStart(20)} ${'1700000000000000000'.padStart(20)}\n`

  test.each<[string, string, string | undefined]>([
    ['an action', entry, id],
    ['one cut off', entry.slice(0, -1), undefined],
    ['one with more behind it', `${entry}\n`, undefined],
    ['one of another form', entry.replace('v1', 'v2'), undefined],
    ['one with a number that is none', entry.replace(' 12 ', ' 1x '), undefined],
  ])('%s', (_, text, expected) => expect(actionIn(text)).toBe(expected))

  test.each<[string, string | undefined]>([
    [`h1:${'A'.repeat(43)}=`, `h1:${'A'.repeat(43)}=`],
    [`h1:${'A'.repeat(43)}=\n`, `h1:${'A'.repeat(43)}=`],
    [`h1:${'A'.repeat(20)}`, undefined],
    [`h2:${'A'.repeat(43)}=`, undefined],
    ['', undefined],
  ])('the hash of a module: %j', (text, expected) => expect(moduleHash(text)).toBe(expected))

  test.each([
    ['github.com/!burnt!sushi/toml', 'github.com/BurntSushi/toml'],
    ['example.com/a', 'example.com/a'],
  ])('a path with capitals: %s', (text, expected) => expect(unescapeGo(text)).toBe(expected))

  test.each([
    ['{"Version":"v1.0.0"}', true],
    ['{"Version":""}', false],
    ['{"Version":"v1.0', false],
    ['null', false],
  ])('metadata of a version: %s', (text, fits) => expect(isVersionInfo(text)).toBe(fits))

  test.each([
    ['module example.com/a\n\ngo 1.22\n', true],
    ['// Deprecated: no.\nmodule "x"\n', true],
    ['', false],
    ['go 1.22\n', false],
  ])('a go.mod: %j', (text, fits) => expect(namesModule(text)).toBe(fits))
})
