import { describe, expect, test } from 'vitest'
import {
  type Volume,
  DEFAULTS,
  formatVolume,
  parseVolume,
} from '../../../../src/persist/volumes/core/volume'

export const VOLUME: Volume = {
  ...DEFAULTS,
  ...{ entry: 'shop-data', app: 'shop', name: 'data', formerApp: null, path: '/data' },
  ...{
    filled: true,
    filledFor: null,
    ownerKnown: true,
    variable: 'DATA_DIR',
    created: 1_800_000_000_000,
  },
}

describe('the record of a volume', () => {
  test.each<[string, Partial<Volume>]>([
    ['of an app', {}],
    ['without an app', { app: null, formerApp: 'shop', variable: null }],
    ['with an owner by number', { owner: { uid: 1000, gid: 50 } }],
    ['with a limit and a mode', { size: 10_000_000_000, mode: '0750' }],
    ['of one process', { process: 'worker', readonly: true }],
  ])('%s is read as it was written', (_, over) => {
    const volume = { ...VOLUME, ...over }
    expect(parseVolume('shop-data', formatVolume(volume))).toEqual(volume)
  })

  test('has the app in a line of its own, which a shell script searches', () => {
    expect(formatVolume(VOLUME).split('\n')).toContain(' "app": "shop",')
  })

  test.each<[string, string, string]>([
    ['nothing', '', 'not JSON'],
    ['half of it', formatVolume(VOLUME).slice(0, 40), 'not JSON'],
    ['another value', '[]', 'its version is undefined'],
    ['null', 'null', 'not an object'],
    ['a later version', '{"version":2}', 'its version is 2'],
    ['a field of another type', formatVolume({ ...VOLUME, path: 7 as never }), 'its path is 7'],
    ['a missing field', formatVolume({ ...VOLUME, kind: undefined as never }), 'its kind is'],
    ['an unknown kind', formatVolume({ ...VOLUME, kind: 'x' as never }), 'its kind is "x"'],
    ['an unknown owner', formatVolume({ ...VOLUME, owner: 'me' as never }), 'its owner is "me"'],
    ['that of another volume', formatVolume({ ...VOLUME, entry: 'other' }), 'another volume'],
  ])('with %s is refused', (_, text, why) => {
    expect(() => parseVolume('shop-data', text)).toThrow(why)
  })
})
