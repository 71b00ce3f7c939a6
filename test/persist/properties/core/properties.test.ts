import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { SETTINGS, settingFor, warnAtOf } from '../../../../src/persist/properties/core/properties'

const parse = (key: string, value: string) =>
  settingFor(key === 'schedule' ? 'global' : 'app', key).parse(value)

describe('a property', () => {
  test.each([
    ['clone-data', 'yes', 'true'],
    ['clone-data', 'off', 'false'],
    ['warn-at', '80%', '80%'],
    ['warn-at', '99.5 %', '99.5%'],
    ['warn-at', '0%', '0%'],
    ['warn-at', 'off', 'off'],
    ['schedule', '0 4 * * sun', '0 4 * * 0'],
    ['schedule', 'off', 'off'],
  ])('%s %s is stored as %s', (key, value, stored) => {
    expect(parse(key, value)).toBe(stored)
    expect(parse(key, stored)).toBe(stored)
  })

  test.each([
    ['clone-data', 'perhaps', 'Invalid value for clone-data'],
    ['warn-at', '101%', 'Invalid value for warn-at'],
    ['warn-at', '-1%', 'Invalid value for warn-at'],
    ['warn-at', '80', 'Invalid value for warn-at'],
    ['warn-at', '10GB', 'Invalid value for warn-at'],
    ['schedule', 'daily', 'Invalid schedule'],
    ['schedule', '* * * * *\n* * * * * true', 'Invalid schedule'],
  ])('%s refuses %j', (key, value, message) => {
    expect(() => parse(key, value)).toThrow(message)
  })

  test.each([
    ['app', 'schedule'],
    ['app', 'colour'],
    ['global', ''],
  ] as const)('there is none for %s called %j', (scope, key) => {
    expect(() => settingFor(scope, key)).toThrow(/Invalid key specified|No key specified/)
  })

  test.each(SETTINGS.map((spec) => [spec.key, spec] as const))(
    '%s accepts its default',
    (_, spec) => {
      expect(spec.parse(spec.fallback)).toBe(spec.fallback)
    },
  )
})

describe('the share from which to warn', () => {
  test.each<[object, object, number | null]>([
    [{}, {}, 0.8],
    [{}, { 'warn-at': '50%' }, 0.5],
    [{ 'warn-at': '90%' }, { 'warn-at': '50%' }, 0.9],
    [{ 'warn-at': 'off' }, {}, null],
    [{ 'warn-at': 'nonsense' }, {}, 0.8],
  ])('of %j and %j is %s', (app, global, share) => {
    expect(warnAtOf(app as Record<string, string>, global as Record<string, string>)).toBe(share)
  })
})

it('has the same default schedule as the script that Dokku asks', () => {
  const script = readFileSync('plugin/persist/cron-entries', 'utf8')
  expect(script).toContain(`plugin_cron_entry '${settingFor('global', 'schedule').fallback}'`)
})
