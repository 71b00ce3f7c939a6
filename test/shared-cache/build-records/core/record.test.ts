import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BuildRecord,
  finishBuild,
  parseRecord,
  skipBuild,
  startBuild,
} from '../../../../src/shared-cache/build-records/core/record'

const suspects = [{ step: 'line 4 (npm ci)', key: 'k', caches: ['npm'] }]
const record = (state: BuildRecord['state']): BuildRecord => ({
  state,
  since: 1,
  suspects,
  samples: [],
})

describe('a build that could get caches', () => {
  test.each([
    [null, true, 'started', null],
    ['started', false, 'trial', 'trial'],
    ['trial', true, 'started', 'cleared'],
    ['stopped', false, 'stopped', 'stopped'],
  ] as const)('after %s gets them: %s; record %s, message %s', (before, gives, state, message) => {
    const decision = startBuild(before && record(before), suspects, 2)
    expect(decision).toMatchObject({ gives, message, record: { state } })
  })

  test('that runs without caches keeps the steps of the one before it', () => {
    const [before, others] = [record('started'), [{ step: 'line 9', key: 'l', caches: ['pip'] }]]
    expect(startBuild(before, others, 2).record).toEqual({ ...before, state: 'trial' })
    expect(startBuild(record('stopped'), others, 2).record).toEqual(record('stopped'))
    expect(startBuild(record('trial'), others, 2).record).toEqual({
      state: 'started',
      since: 2,
      suspects: others,
      samples: [],
    })
  })
})

describe('a build whose image is there', () => {
  test.each([
    [null, null, null],
    ['started', null, null],
    ['trial', 'stopped', 'succeeded'],
    ['stopped', 'stopped', null],
  ] as const)('with the record %s leaves %s, and says %s', (before, after, message) => {
    const decision = finishBuild(before && record(before))
    expect(decision.record?.state ?? null).toBe(after)
    expect(decision.message).toBe(message)
  })
})

test.each([
  [null, null],
  ['started', null],
  ['trial', null],
  ['stopped', 'stopped'],
] as const)(
  'a build without caches for another reason turns the record %s into %s',
  (before, after) => expect(skipBuild(before && record(before))?.state ?? null).toBe(after),
)

test.each([
  ['', null],
  ['{', null],
  ['null', null],
  ['[]', null],
  ['{"state":"other","since":1,"suspects":[]}', null],
  ['{"state":"trial","since":"1","suspects":[]}', null],
  ['{"state":"trial","since":1}', null],
  [JSON.stringify(record('trial')), record('trial')],
  [
    '{"state":"trial","since":1,"suspects":[null,{"step":1}]}',
    { ...record('trial'), suspects: [] },
  ],
])('the property %j is read as %j', (text, expected) => expect(parseRecord(text)).toEqual(expected))

describe('whatever builds do', () => {
  /** A Dockerfile that succeeds with caches, without them, with both or with neither. */
  const app = fc.record({ with: fc.boolean(), without: fc.boolean() })
  const run = (builds: readonly { with: boolean; without: boolean }[]) => {
    let now: BuildRecord | null = null
    return builds.map((succeeds) => {
      const { gives, record } = startBuild(now, suspects, 0)
      const succeeded = gives ? succeeds.with : succeeds.without
      now = succeeded ? finishBuild(record).record : record
      return { gives, succeeded }
    })
  }
  test('an app that builds without caches builds at the second try', () =>
    fc.assert(
      fc.property(fc.array(app, { maxLength: 12, size: 'max' }), (before) => {
        const tries = Array.from({ length: 2 }, () => ({ with: false, without: true }))
        const results = run([...before, ...tries]).slice(-2)
        expect(results.some(({ succeeded }) => succeeded)).toBe(true)
      }),
    ))
  test('an app whose builds all fail has the caches in every second one', () => {
    const builds = Array.from({ length: 6 }, () => ({ with: false, without: false }))
    expect(run(builds).map(({ gives }) => gives)).toEqual([true, false, true, false, true, false])
  })
})
