import { describe, expect, test } from 'vitest'
import {
  type AddWords,
  parseMode,
  parseOptions,
  parseOwner,
} from '../../../../src/persist/add/core/options'

describe('the options of persist:add', () => {
  test('that are not given are missing', () => expect(parseOptions({})).toEqual({}))

  test.each<[AddWords, object]>([
    [{ kind: 'logs' }, { kind: 'logs' }],
    [{ size: '10GB' }, { size: 10_000_000_000 }],
    [{ size: 'off' }, { size: null }],
    [{ owner: '1000' }, { owner: { uid: 1000, gid: 1000 } }],
    [{ mode: '750' }, { mode: '0750' }],
    [{ readonly: true }, { readonly: true }],
    [{ readonly: false }, { readonly: false }],
    [{ process: 'worker' }, { process: 'worker' }],
    [{ critical: true }, { critical: true }],
    [{ critical: 'no' }, { critical: false }],
    [{ critical: 'yes' }, { critical: true }],
    [{ sensitive: true }, { sensitive: true }],
    [{ followImage: false }, { followImage: false }],
    [{ description: 'Photos' }, { description: 'Photos' }],
    [{ description: '' }, { description: '' }],
  ])('%j are %j', (words, expected) => expect(parseOptions(words)).toEqual(expected))

  test.each<[AddWords, string]>([
    [{ kind: 'files' }, 'Invalid value for kind: files'],
    [{ size: 'big' }, 'Invalid size: big'],
    [{ size: '-1GB' }, 'Invalid size'],
    [{ owner: 'node' }, 'Invalid owner'],
    [{ mode: 'rwx' }, 'Invalid mode'],
    [{ process: 'a b' }, 'Invalid process type'],
    [{ process: '--all' }, 'Invalid process type'],
    [{ critical: 'maybe' }, 'Invalid value for critical'],
    [{ description: 'a\nb' }, 'Invalid description'],
    [{ description: 'x'.repeat(201) }, 'Invalid description'],
  ])('%j are refused', (words, why) => expect(() => parseOptions(words)).toThrow(why))
})

describe('an owner', () => {
  test.each<[string, unknown]>([
    ['auto', 'auto'],
    ['image', 'image'],
    ['0', { uid: 0, gid: 0 }],
    ['1000:50', { uid: 1000, gid: 50 }],
  ])('%s', (text, expected) => expect(parseOwner(text)).toEqual(expected))
  test.each(['', 'root', '-1', '1.5', ':', '1:', ':1', '1:2:3', '4294967295', '99999999999', ' 1'])(
    '%j is refused',
    (text) => expect(() => parseOwner(text)).toThrow('Invalid owner'),
  )
})

describe('a mode', () => {
  test.each([
    ['750', '0750'],
    ['0750', '0750'],
    ['2775', '02775'],
    ['1777', '01777'],
  ])('%s is %s', (text, expected) => expect(parseMode(text)).toBe(expected))
  test.each(['', '7', '888', '00750', 'u+x', '07777', '-750'])('%j is refused', (text) =>
    expect(() => parseMode(text)).toThrow('Invalid mode'),
  )
})
