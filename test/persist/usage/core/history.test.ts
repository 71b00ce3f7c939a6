import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type Sample,
  addSample,
  formatSamples,
  parseSamples,
} from '../../../../src/persist/usage/core/history'

const DAY = 86_400_000
const T0 = Date.parse('2026-11-01T12:00:00Z')
const sample = (time: number, bytes = 1, complete = true): Sample => ({
  ...{ time, bytes, files: 1, complete },
})

const samples = fc.array(
  fc.record({
    time: fc.integer({ min: 0, max: 400 }).map((quarter) => T0 + (quarter * DAY) / 4),
    bytes: fc.nat(),
    files: fc.nat(),
    complete: fc.boolean(),
  }),
  { maxLength: 200, size: 'max' },
)
const remember = (all: readonly Sample[]) => all.reduce<readonly Sample[]>(addSample, [])

describe('a history', () => {
  test.each<[string, number[], number[]]>([
    ['keeps one sample a day', [0, 1, 2], [0, 1, 2]],
    ['keeps the last of a day', [0, 0.1, 0.2, 1], [0.2, 1]],
    ['forgets what a wrong clock said', [0, 300, 1], [0, 1]],
    [
      'keeps 90',
      Array.from({ length: 95 }, (_, i) => i),
      Array.from({ length: 90 }, (_, i) => i + 5),
    ],
  ])('%s', (_, added, kept) => {
    const days = remember(added.map((day) => sample(T0 + day * DAY)))
    const found = days.map(({ time }) => Math.round(((time - T0) / DAY) * 10) / 10)
    expect(found).toEqual(kept)
  })

  it('is sorted, has one sample a day, 90 at most, and the new one last', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const kept = remember(all)
        const times = kept.map(({ time }) => time)
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(new Set(times.map((time) => Math.floor(time / DAY))).size).toBe(times.length)
        expect(kept.length).toBeLessThanOrEqual(90)
        expect(kept.at(-1)).toEqual(all.at(-1))
        for (const one of kept) expect(all).toContainEqual(one)
      }),
    )
  })

  it('is not changed by the same sample again', () => {
    fc.assert(
      fc.property(samples, (all) => {
        const kept = remember(all)
        const last = kept.at(-1)
        if (last) expect(addSample(kept, last)).toEqual(kept)
      }),
    )
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(samples, (all) => {
        expect(parseSamples(formatSamples(remember(all)))).toEqual(remember(all))
      }),
    )
  })
})

describe('a stored history that is damaged', () => {
  test.each<[string, string, number]>([
    ['is empty', '', 0],
    ['is cut off', formatSamples([sample(T0)]).slice(0, -9), 0],
    ['is null', 'null', 0],
    ['has no samples', '{"version":1}', 0],
    ['has odd samples', '{"samples":[1,null,{"time":"x","bytes":1,"files":1}]}', 0],
    ['has a size below 0', '{"samples":[{"time":"2026-11-01T00:00:00Z","bytes":-1,"files":1}]}', 0],
    [
      'has one good sample',
      '{"samples":[{"time":"2026-11-01T00:00:00Z","bytes":5,"files":1},{"time":7}]}',
      1,
    ],
  ])('%s: what is good stays', (_, text, count) => {
    expect(parseSamples(text)).toHaveLength(count)
  })
})
