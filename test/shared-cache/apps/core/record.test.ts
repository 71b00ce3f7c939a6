import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Given, type Seen, NOTHING_GIVEN } from '../../../../src/shared-cache/apps/core/app'
import {
  formatGiven,
  parseGiven,
  parseSeen,
  formatSeen,
} from '../../../../src/shared-cache/apps/core/record'
import { KnownError } from '../../../../src/foundation/core/errors'
import { rootImage } from '../../../support/app-state'

const GIVEN: Given = {
  layout: 'neutral',
  mounts: [{ entry: 'shared-cache-pip', host: '/h/pip', container: '/c/pip' }],
  env: { PIP_CACHE_DIR: '/c/pip' },
  notes: [{ cache: 'npm', why: 'app-mount', what: '/x' }],
}
const given = (over: object) => parseGiven('web', JSON.stringify({ ...GIVEN, ...over })).given
const stored = JSON.parse(formatSeen(rootImage)) as object
const seen = (over: object) => parseSeen('web', JSON.stringify({ ...stored, ...over }))

/** The thrown error: a KnownError says what to do, anything else is a defect. */
function errorOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

describe('the record of what an app got', () => {
  test.each<[string, string | undefined]>([
    ['that was never written', undefined],
    ['that is empty', ''],
  ])('%s is nothing', (_, text) =>
    expect(parseGiven('web', text)).toEqual({ given: NOTHING_GIVEN, pending: null }),
  )

  test.each<[string, Given, Given | null]>([
    ['finished', GIVEN, null],
    ['of a run that was killed', NOTHING_GIVEN, GIVEN],
    ['of a run that was killed on its second way', GIVEN, { ...GIVEN, layout: 'root' }],
    ['of an app that gets nothing, for a reason', { ...NOTHING_GIVEN, notes: GIVEN.notes }, null],
    ['of a variable alone', { ...NOTHING_GIVEN, env: GIVEN.env }, null],
    ['of a mount alone', { ...NOTHING_GIVEN, mounts: GIVEN.mounts }, null],
    [
      'of an older form of mount',
      { ...GIVEN, mounts: [{ ...GIVEN.mounts[0], entry: null } as never] },
      null,
    ],
  ])('%s is parsed as it was written', (_, done, pending) =>
    expect(parseGiven('web', formatGiven({ given: done, pending }))).toEqual({
      ...{ given: done, pending },
    }),
  )

  test('is empty if there is nothing to record', () =>
    expect(formatGiven({ given: NOTHING_GIVEN, pending: null })).toBe(''))

  test.each<[string, object, Partial<Given>]>([
    ['a layout that does not exist is none', { layout: 'up' }, { layout: null }],
    ['a layout at root', { layout: 'root' }, { layout: 'root' }],
    ['notes that are none', { notes: 'x' }, { notes: [] }],
    [
      'an entry that is no name',
      { mounts: [{ entry: 5, host: '/h', container: '/c' }] },
      { mounts: [{ entry: null, host: '/h', container: '/c' }] },
    ],
  ])('ignores %s', (_, over, expected) => expect(given(over)).toEqual({ ...GIVEN, ...expected }))

  test.each([
    '{',
    'null',
    '5',
    '[]',
    '{}',
    '{"mounts":{},"env":{}}',
    '{"mounts":[]}',
    '{"mounts":[],"env":[]}',
    '{"mounts":[],"env":null}',
    '{"mounts":[],"env":{"A":1}}',
    '{"mounts":[{"host":"/h"}],"env":{}}',
    '{"mounts":[{"container":"/c"}],"env":{}}',
    '{"mounts":[{"host":1,"container":"/c"}],"env":{}}',
    '{"mounts":[null],"env":{}}',
    '{"mounts":[],"env":{},"pending":5}',
    '{"mounts":[],"env":{},"pending":{}}',
  ])('%s is damaged, and doctor replaces it', (text) =>
    expect(errorOf(() => parseGiven('web', text))).toMatchObject({
      name: 'KnownError',
      hint: expect.stringContaining('shared-cache:doctor web --fix') as string,
    }),
  )

  test('any text is a record or that error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const error = errorOf(() => [parseGiven('web', text), parseSeen('web', text)])
        if (error !== undefined) expect(error).toBeInstanceOf(KnownError)
      }),
    )
  })
})

describe('the record of the inspection of an app', () => {
  /** In the format of the first version: the keys do not change. */
  const STORED = {
    image: 'sha256:2',
    user: 'app',
    env: { PIP_CACHE_DIR: '/x' },
    holds: ['/root/.cache/pip'],
    taken: [{ place: '/p', room: 'pip@a', modified: 'now', needed: ['a'] }],
    system: 'debian-12-amd64-glibc',
    builder: 'pack',
    processes: 'other',
    browsers: { 'sha256:2': ['chromium-1187'], 'sha256:3': null },
  }
  const { holds: places, taken, ...same } = STORED
  const copied = [{ place: '/p', directory: 'pip@a', modified: 'now', needed: ['a'] }]
  const whole: Seen = { ...same, processes: 'other', places, copied }

  test('is parsed as it was written', () => {
    expect(parseSeen('web', formatSeen(whole))).toEqual(whole)
    expect(seen(STORED)).toEqual(whole)
  })
  test('keeps the keys of the first version', () =>
    expect(JSON.parse(formatSeen(whole))).toEqual(STORED))
  test.each([undefined, ''])('is missing if it is %j', (text) =>
    expect(parseSeen('web', text)).toBeNull(),
  )

  test.each<[object, Partial<Seen>]>([
    [{ user: 5 }, { user: '' }],
    [{ builder: null }, { builder: '' }],
    [{ system: '../x' }, { system: '' }],
    [{ system: 5 }, { system: '' }],
    [{ processes: 'root' }, { processes: 'root' }],
    [{ processes: 'other' }, { processes: 'other' }],
    [{ processes: 'many' }, { processes: 'unknown' }],
    [{ holds: ['/a', 5, '/b'] }, { places: ['/a', '/b'] }],
    [{ taken: 'x' }, { copied: [] }],
    [{ browsers: { a: ['x'], b: 'x', c: null } }, { browsers: { a: ['x'], c: null } }],
    [{ browsers: { a: ['x', 5] } }, { browsers: {} }],
  ])('%j is parsed as %j', (over, expected) =>
    expect(seen({ ...STORED, ...over })).toEqual({ ...whole, ...expected }),
  )

  test('drops an invalid search for browsers', () =>
    expect(seen({ browsers: 'x' })).not.toHaveProperty('browsers'))

  test.each<[string, object]>([
    ['place', { place: 1 }],
    ['room', { room: null }],
    ['time', { modified: 5 }],
    ['units', { needed: 'x' }],
  ])('drops a copy whose %s is damaged, and keeps the others', (_, over) => {
    const [copy] = taken
    expect(seen({ taken: [{ ...copy, ...over }, copy] })?.copied).toEqual(copied)
  })
  test('keeps only those units of a copy that are texts', () =>
    expect(seen({ taken: [{ ...taken[0], needed: ['a', 5] }] })?.copied).toEqual(copied))

  test.each([
    '{',
    '[]',
    'null',
    JSON.stringify({ ...whole, image: 5 }),
    JSON.stringify({ ...whole, env: { A: 1 } }),
    JSON.stringify({ ...whole, env: 'x' }),
    JSON.stringify({ ...whole, holds: '/x' }),
  ])('%s is damaged', (text) =>
    expect(errorOf(() => parseSeen('web', text))).toBeInstanceOf(KnownError),
  )
})
