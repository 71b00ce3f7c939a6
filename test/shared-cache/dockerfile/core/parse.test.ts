import { describe, expect, test } from 'vitest'
import { KnownError } from '../../../../src/foundation/core/errors'
import {
  csvFields,
  heredocsOf,
} from '../../../../src/shared-cache/dockerfile/core/instruction-flags'
import {
  execWords,
  type Instruction,
  parseDockerfile,
} from '../../../../src/shared-cache/dockerfile/core/parse'
import { mountsOf } from '../../../../src/shared-cache/dockerfile/core/step-mounts'

const lines = (...text: string[]) => parseDockerfile(text.join('\n')).instructions
const last = (...text: string[]) => lines(...text).at(-1) as Instruction
/** Where an instruction is in its text. */
const textOf = (text: string) => {
  const { instructions } = parseDockerfile(text)
  return instructions.map(({ start, bodyStart, end }) => [
    text.slice(start, bodyStart),
    text.slice(bodyStart, end),
  ])
}

describe('an instruction', () => {
  test('has its place in the text, whatever is around it', () =>
    expect(textOf('# a\n\nFROM a\n  run  --x=1 a \\\n # why\n\n  b\nCMD c')).toEqual([
      ['FROM ', 'a'],
      ['run  ', '--x=1 a \\\n # why\n\n  b'],
      ['CMD ', 'c'],
    ]))
  test('has the number of its first line', () =>
    expect(lines('# a', '', 'FROM a', 'RUN a \\', '  b', 'CMD c').map(({ line }) => line)).toEqual([
      3, 4, 6,
    ]))
  test('is one line, with its comments to themselves', () =>
    expect(last('FROM a', '# one', 'RUN a \\', '  # two', '', ' b')).toMatchObject({
      ...{ keyword: 'RUN', args: 'a  b', comments: ['one', 'two'] },
    }))
  test('has no comments of the one before', () =>
    expect(last('# one', 'FROM a', 'RUN a').comments).toEqual([]))
  test.each<[string, string]>([
    ['RUN a\\', 'a'],
    ['RUN a \\  ', 'a'],
    ['RUN a\\\\', 'a\\\\'],
    ['RUN a # b', 'a # b'],
    ['RUN\ta', 'a'],
    ['RUN', ''],
  ])('%j has the arguments %j', (line, args) => expect(last('FROM a', line).args).toBe(args))
  test('ends with the text, after the last backslash of all too', () =>
    expect(textOf('FROM a\nRUN a \\')).toEqual([
      ['FROM ', 'a'],
      ['RUN ', 'a \\'],
    ]))
  test('has line ends of DOS, and a mark of its encoding before it', () => {
    const text = '\ufeffFROM a\r\nRUN a \\\r\n  b\r\n'
    expect(parseDockerfile(text).instructions.map(({ args }) => args)).toEqual(['a', 'a   b'])
    expect(textOf(text)[0]).toEqual(['FROM ', 'a'])
  })
  test('inside of an ONBUILD is one of its own', () => {
    const { keyword, inner } = last('FROM a', 'ONBUILD RUN --x=1 b')
    expect(keyword).toBe('ONBUILD')
    expect(inner).toMatchObject({ keyword: 'RUN', args: 'b', line: 2, inner: null })
    expect(inner?.flags[0]).toMatchObject({ name: 'x', value: '1' })
    expect(last('FROM a', 'RUN b').inner).toBeNull()
  })
})

describe('the flags of an instruction', () => {
  const flags = (run: string) =>
    last('FROM a', `RUN ${run}`).flags.map(({ name, value }) => [name, value])
  test.each<[string, [string, string | undefined][], string]>([
    ['--a=b c', [['a', 'b']], 'c'],
    ['--a c', [['a', undefined]], 'c'],
    ['--a= c', [['a', '']], 'c'],
    ['--a=b=c d', [['a', 'b=c']], 'd'],
    ['--a="b c" d', [['a', 'b c']], 'd'],
    ["--a='b \"c' d", [['a', 'b "c']], 'd'],
    ['--a=b\\ c d', [['a', 'b c']], 'd'],
    [
      '--a=b --c=d e',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      'e',
    ],
    ['-- --a=b', [], '--a=b'],
    ['a --b=c', [], 'a --b=c'],
    ['-a b', [], '-a b'],
  ])('%s', (run, expected, args) => {
    expect(flags(run)).toEqual(expected)
    expect(last('FROM a', `RUN ${run}`).args).toBe(args)
  })
  test('have their places, over continued lines too', () => {
    const text = 'FROM a\nRUN --a=b \\\n  --c=d e\n'
    const { flags: found } = parseDockerfile(text).instructions[1] as Instruction
    expect(found.map(({ start, end }) => text.slice(start, end))).toEqual(['--a=b', '--c=d'])
  })
})

describe('the lines at the beginning', () => {
  test.each<[string, string | null, string]>([
    ['# syntax=a/b:1\nFROM a', 'a/b:1', '\\'],
    ['#syntax = a/b:1 more\nFROM a', 'a/b:1', '\\'],
    ['# SYNTAX=a\nFROM a', 'a', '\\'],
    ['#!/usr/bin/x\n# syntax=a\nFROM a', 'a', '\\'],
    ['# escape=`\nFROM a', null, '`'],
    ['# check=skip=all\n# syntax=a\nFROM a', 'a', '\\'],
    ['# escape=`\n# syntax=a\nFROM a', 'a', '`'],
    ['# a comment\n# syntax=a\nFROM a', null, '\\'],
    ['\n# syntax=a\nFROM a', null, '\\'],
    ['FROM a\n# syntax=a', null, '\\'],
    ['# syntax a\nFROM a', null, '\\'],
    ['  # syntax=a\nFROM a', null, '\\'],
    ['  # escape=`\nFROM a', null, '`'],
    ['#!/usr/bin/x\n# escape=`\nFROM a', null, '\\'],
    ['# SYNTAX=a\nFROM a', 'a', '\\'],
    ['# syntax=a\tb\nFROM a', 'a\tb', '\\'],
    ['#\u00a0syntax=a\nFROM a', 'a', '\\'],
    ['# syntax\u00a0=a\nFROM a', null, '\\'],
    ['\ufeff# syntax=a\nFROM a', 'a', '\\'],
    ['# syntax=a\r\nFROM a', 'a', '\\'],
    ['# syntax=\nFROM a', null, '\\'],
    ['# syntax=a\n# other=b\n# escape=`\nFROM a', 'a', '\\'],
    ['# syntax=a\n\n# escape=`\nFROM a', 'a', '\\'],
  ])('%j', (text, syntax, escape) =>
    expect(parseDockerfile(text)).toMatchObject({ syntax, escape }),
  )
  test('choose what continues a line', () => {
    expect(last('# escape=`', 'FROM a', 'RUN a `', '  b').args).toBe('a   b')
    expect(last('# escape=`', 'FROM a', 'RUN a \\').args).toBe('a \\')
  })
  test.each([
    '# syntax=a\n# syntax=b\nFROM a',
    '# escape=x\nFROM a',
    '',
    '# a\n',
    'FRM a',
    'FROM a\nx',
  ])('%j is refused', (text) => expect(() => parseDockerfile(text)).toThrow(KnownError))
})

describe('a document in an instruction', () => {
  test.each<[string[], string[]]>([
    [['RUN <<EOF', 'a', 'b', 'EOF'], ['a\nb']],
    [['RUN <<EOF', 'EOF'], ['']],
    [['RUN <<-EOF', '\ta', '\tEOF'], ['a']],
    [['RUN <<"EOF"', 'a', 'EOF'], ['a']],
    [["RUN <<'E F'", 'a', 'E F'], ['a']],
    [
      ['RUN cat <<A <<B', 'a', 'A', 'b', 'B'],
      ['a', 'b'],
    ],
    [['RUN 3<<EOF', 'a', 'EOF'], ['a']],
    [['COPY <<EOF /x', 'a', 'EOF'], ['a']],
    [['ADD <<EOF /x', 'a', 'EOF'], ['a']],
    [['ONBUILD RUN <<EOF', 'a', 'EOF'], ['a']],
    [['RUN ["<<EOF"]'], []],
    [['RUN "<<EOF"'], []],
    [['RUN a<<EOF'], []],
    [['RUN <<<a'], []],
    [['CMD <<EOF'], []],
  ])('%j', (text, expected) =>
    expect(last('FROM a', ...text).heredocs.map(({ content }) => content)).toEqual(expected),
  )
  test('belongs to it, and what is behind it does not', () => {
    expect(textOf('FROM a\nRUN <<EOF\nb\nEOF\nCMD c')).toEqual([
      ['FROM ', 'a'],
      ['RUN ', '<<EOF\nb\nEOF'],
      ['CMD ', 'c'],
    ])
  })
  test.each([
    ['RUN <<EOF', 'a'],
    ['RUN <<EOF', '\tEOF'],
    ['RUN <<EOF', 'EOF '],
  ])('without its end is refused: %j', (...text) =>
    expect(() => lines('FROM a', ...text)).toThrow(KnownError),
  )
  test.each([
    ['a', []],
    ['<<"a', []],
    ['<<a\\ b', [{ name: 'a b', chomp: false }]],
    [
      '<<-a <<b',
      [
        { name: 'a', chomp: true },
        { name: 'b', chomp: false },
      ],
    ],
    ['<<"a\\"b"', [{ name: 'a\\"b', chomp: false }]],
  ])('of the line %j is %j', (line, expected) => expect(heredocsOf(line)).toEqual(expected))
})

test.each([
  ['["a", "b"]', ['a', 'b']],
  ['[]', []],
  ['["a", 1]', null],
  ['["a"', null],
  ['a ["b"]', null],
  ['{"a":1}', null],
])('the words of %s are %j', (args, words) => expect(execWords(args)).toEqual(words))

test.each([
  ['a,b', ['a', 'b']],
  ['', ['']],
  ['a,', ['a', '']],
  ['"a,b",c', ['a,b', 'c']],
  ['"a""b"', ['a"b']],
  ['a"b,c"d', ['ab,cd']],
])('the fields of %s are %j', (value, fields) => expect(csvFields(value)).toEqual(fields))

describe('a mount of a step', () => {
  const mount = (value: string) => mountsOf(last('FROM a', `RUN --mount=${value} x`).flags)[0]
  test.each([
    ['type=cache,target=/a', { type: 'cache', target: '/a', id: '/a', readonly: false }],
    ['type=CACHE,dst=/a', { type: 'cache', target: '/a' }],
    ['type=cache,destination=/a,id=x', { target: '/a', id: 'x' }],
    ['target=/a', { type: 'bind', from: '', source: '', sharing: 'shared' }],
    ['type=bind,src=/b,from=c,target=/a', { source: '/b', from: 'c' }],
    ['type=cache,target=/a,ro', { readonly: true }],
    ['type=cache,target=/a,readonly=true', { readonly: true }],
    ['type=cache,target=/a,readonly=1', { readonly: true }],
    ['type=cache,target=/a,readonly=false', { readonly: false }],
    ['type=cache,target=/a,rw=false', { readonly: true }],
    ['type=cache,target=/a,rw=f', { readonly: true }],
    ['type=cache,target=/a,rw', { readonly: false }],
    ['type=cache,target=/a,sharing=LOCKED', { sharing: 'locked' }],
    ['type=cache,target=/a,uid=1,gid=2,mode=0755', { uid: '1', gid: '2', mode: '0755' }],
    ['TYPE=cache,Target=/a,dst=/b', { target: '/b', says: ['type', 'target'] }],
  ])('%s', (value, expected) => expect(mount(value)).toMatchObject(expected))
})
