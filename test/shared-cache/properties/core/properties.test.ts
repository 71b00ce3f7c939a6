import { describe, expect, test } from 'vitest'
import { parseGroup } from '../../../../src/shared-cache/catalogue/core/group'
import {
  appSettings,
  effective,
  givesBuilds,
  invalidValues,
  settingFor,
} from '../../../../src/shared-cache/properties/core/properties'
import { parseCaches } from '../../../../src/shared-cache/properties/core/values'

describe('a list of caches', () => {
  test.each([
    ['pip', 'pip'],
    ['npm,pip', 'pip,npm'],
    ['npm pip npm', 'pip,npm'],
    ['ms-playwright rust', 'playwright,cargo'],
    ['default', 'pip,uv,npm,playwright,cargo'],
    ['default,go', 'pip,uv,npm,playwright,cargo,go'],
    ['all', 'pip,uv,npm,playwright,cargo,sccache,apt,pnpm,yarn,bun,go,composer'],
    ['none', 'none'],
  ])('%s is %s', (text, canonical) => expect(parseCaches(text)).toBe(canonical))

  test.each(['pipp', 'pip,../etc', 'PIP'])('%s is rejected', (text) =>
    expect(() => parseCaches(text)).toThrow('No cache is called'),
  )
})

describe('a key', () => {
  test.each(['enabled', 'caches', 'layout', 'run-access'])('%s can be set for an app', (key) =>
    expect(settingFor('app', key).key).toBe(key),
  )
  test.each(['auto-enable', 'caches', 'layout', 'run-access'])('%s can be set for all', (key) =>
    expect(settingFor('global', key).key).toBe(key),
  )
  test.each<['app' | 'global', string | undefined, string]>([
    ['app', undefined, 'No key specified'],
    ['app', 'nope', 'Invalid key specified, valid keys include: enabled, group, caches'],
    ['app', 'auto-enable', 'Invalid key specified'],
    ['global', 'enabled', 'Invalid key specified'],
    ['app', 'given', 'Invalid key specified'],
  ])('for %s, %s is rejected', (scope, key, message) =>
    expect(() => settingFor(scope, key)).toThrow(message),
  )
  test.each([
    ['layout', 'round'],
    ['run-access', 'wr'],
    ['enabled', 'maybe'],
  ])('%s %s is out of range', (key, value) =>
    expect(() => settingFor('app', key).parse(value)).toThrow(`Invalid value for ${key}: ${value}`),
  )
})

describe('a group', () => {
  test.each(['private', 'team-2', 'ab'])('%s is valid', (name) =>
    expect(parseGroup(name)).toBe(name),
  )
  test.each(['', 'a', 'A', '..', 'a/b', '-a', 'a-', '2nd', 'x'.repeat(17), 'a b'])(
    '%j is invalid',
    (name) => expect(() => parseGroup(name)).toThrow('Invalid value for group'),
  )
})

describe('the effective value of a key', () => {
  test.each([
    [{}, {}, 'auto'],
    [{}, { layout: 'root' }, 'root'],
    [{ layout: 'neutral' }, { layout: 'root' }, 'neutral'],
    [{ layout: 'nonsense' }, { layout: 'root' }, 'root'],
    [{ layout: '' }, {}, 'auto'],
  ])('app %o, all %o: %s', (app, global, value) =>
    expect(effective('layout', app, global)).toBe(value),
  )
  test('no caches is an empty list', () =>
    expect(appSettings({ caches: 'none' }, {}).caches).toEqual([]))
  test('an invalid value is named', () =>
    expect(invalidValues({ layout: 'x', caches: 'pip', given: '{' })).toEqual([
      { key: 'layout', value: 'x' },
    ]))
})

describe('builds have the caches', () => {
  test.each<[Record<string, string>, Record<string, string>, boolean]>([
    [{}, {}, true],
    [{ enabled: 'false' }, {}, false],
    [{ 'build-caches': 'off' }, {}, false],
    [{}, { 'build-caches': 'off' }, false],
    [{ 'build-caches': 'auto' }, { 'build-caches': 'off' }, true],
    [{ enabled: 'false', 'build-caches': 'auto' }, {}, false],
  ])('of an app with %o and all with %o: %s', (app, global, gives) =>
    expect(givesBuilds(app, global)).toBe(gives),
  )
})
