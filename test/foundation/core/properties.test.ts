import { describe, expect, test } from 'vitest'
import { EXIT, KnownError, noSuchApp } from '../../../src/foundation/core/errors'
import { oneOf, parseBoolean } from '../../../src/foundation/core/property-values'
import {
  makeSettings,
  rowOf,
  type SettingSpec,
  sortRows,
} from '../../../src/foundation/core/properties'

const spec = (key: string, scope: SettingSpec['scope'], over: Partial<SettingSpec> = {}) => ({
  ...{ key, scope, fallback: 'default', summary: '', parse: oneOf(key, 'a', 'b', 'default') },
  ...over,
})
const settings = makeSettings([spec('one', 'app'), spec('two', 'global'), spec('three', 'both')])

describe('properties from a table', () => {
  test('have the keys of their scope, in the order of the table', () => {
    expect(settings.keysFor('app')).toEqual(['one', 'three'])
    expect(settings.keysFor('global')).toEqual(['two', 'three'])
  })
  test('of an app show its own value, that of all apps, and the effective one', () =>
    expect(settings.appRows({ one: 'a' }, { three: 'b' })).toEqual({
      ...{ one: 'a', 'computed-one': 'a' },
      ...{ three: '', 'global-three': 'b', 'computed-three': 'b' },
    }))
  test('of all apps show their value and the effective one', () =>
    expect(settings.globalRows({ two: 'a', one: 'b' })).toEqual({
      ...{ 'global-two': 'a', 'computed-two': 'a' },
      ...{ 'global-three': '', 'computed-three': 'default' },
    }))
  test.each([
    [{ three: 'a' }, { three: 'b' }, 'a'],
    [{ three: 'x' }, { three: 'b' }, 'b'],
    [{ three: 'x' }, { three: 'x' }, 'default'],
    [{}, {}, 'default'],
  ])('app %j, all %j: %s', (app, global, expected) =>
    expect(settings.effective('three', app, global)).toBe(expected),
  )
  test('do not exist without a row: an unknown key is a defect', () =>
    expect(() => settings.effective('four', {}, {})).toThrow('four'))
  test('do not hide a defect in a parser', () => {
    const parse = () => {
      throw new Error('defect')
    }
    expect(() =>
      makeSettings([spec('x', 'app', { parse })]).effective('x', { x: 'a' }, {}),
    ).toThrow('defect')
  })
  test('are found only for their scope', () => {
    expect(settings.settingFor('app', 'three').key).toBe('three')
    expect(settings.settingFor('app', 'one').key).toBe('one')
    expect(() => settings.settingFor('app', 'two')).toThrow('one, three')
    expect(() => settings.settingFor('global', '')).toThrow('No key specified')
  })
})

test('rows are sorted by key', () =>
  expect(Object.entries(sortRows({ b: '1', 'a-c': '2', a: '3', c: '4' }))).toEqual([
    ...[
      ['a', '3'],
      ['a-c', '2'],
      ['b', '1'],
      ['c', '4'],
    ],
  ]))

describe('one row of a report', () => {
  const rows = { layout: 'root', group: '' }
  test.each([
    ['--plugin-layout', 'root'],
    ['--plugin-group', ''],
  ])('%s is %j', (flag, value) => expect(rowOf(rows, flag, 'plugin')).toBe(value))
  test.each(['--plugin-nope', '--layout', 'layout', '--x-layout', '--pluginx-layout', '--plugin-'])(
    '%s is not found',
    (flag) => expect(() => rowOf(rows, flag, 'plugin')).toThrow(KnownError),
  )
})

describe('yes and no', () => {
  test.each(['true', 'on', 'yes', '1', 'TRUE', 'On'])('%s is true', (text) =>
    expect(parseBoolean('x')(text)).toBe('true'),
  )
  test.each(['false', 'off', 'no', '0', 'FALSE', 'No'])('%s is false', (text) =>
    expect(parseBoolean('x')(text)).toBe('false'),
  )
  test.each(['', '2', 'maybe', 'truefalse'])('%j is neither', (text) =>
    expect(() => parseBoolean('x')(text)).toThrow(KnownError),
  )
})

describe('an error that a person can act on', () => {
  test('has the exit code of a failure unless it has another', () => {
    expect(EXIT).toEqual({ ok: 0, failure: 1, usage: 1, noSuchApp: 20 })
    expect(new KnownError('x').exit).toBe(1)
    expect(new KnownError('x', { exit: 5 }).exit).toBe(5)
    expect(noSuchApp('web')).toMatchObject({ exit: 20, message: 'App web does not exist' })
  })
  test('has its cause, its hint and its name', () => {
    const cause = new Error('why')
    expect(new KnownError('x', { hint: 'do', cause })).toMatchObject({
      ...{ name: 'KnownError', message: 'x', hint: 'do', cause },
    })
    expect(new KnownError('x').hint).toBeUndefined()
  })
})
