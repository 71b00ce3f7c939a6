import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type HistoryEntry,
  addEntry,
  entryOf,
  formatHistory,
  isDue,
  parseHistory,
} from '../../../../src/shared-cache/report/core/history'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const T0 = Date.parse('2026-11-21T03:30:00Z')

function entry(at: number, npm = 5): HistoryEntry {
  return { at, disk: { bytes: 100, freeBytes: 40 }, caches: { npm } }
}

const anyEntry = fc.record({
  at: fc.integer({ min: T0, max: T0 + 3 * 365 * DAY }),
  disk: fc.record({ bytes: fc.maxSafeNat(), freeBytes: fc.maxSafeNat() }),
  caches: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.maxSafeNat()),
})

describe('the file of a history', () => {
  it('is parsed as it was written, oldest first', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), (entries) => {
        const sorted = [...entries].sort((a, b) => a.at - b.at)
        // A dictionary of fast-check has no prototype.
        expect(parseHistory(formatHistory(entries))).toEqual(JSON.parse(JSON.stringify(sorted)))
      }),
    )
  })

  it('loses only the last line to an interrupted write', () => {
    const text = formatHistory([entry(T0), entry(T0 + DAY)])
    fc.assert(
      fc.property(fc.nat(text.length), (length) => {
        const whole = text.slice(0, length).split('\n').length - 1
        const read = parseHistory(text.slice(0, length))
        expect([whole, whole + 1]).toContain(read.length)
        expect(read).toEqual([entry(T0), entry(T0 + DAY)].slice(0, read.length))
      }),
    )
  })

  test.each([
    ['nonsense', 'hello'],
    ['null', 'null'],
    ['a list', '[1]'],
    ['no time', '{"disk":{"bytes":1,"freeBytes":1},"caches":{}}'],
    ['no day', '{"at":"tomorrow","disk":{"bytes":1,"freeBytes":1},"caches":{}}'],
    ['no disk', '{"at":"2026-11-21T03:30:00Z","caches":{}}'],
    [
      'a size below nothing',
      '{"at":"2026-11-21T03:30:00Z","disk":{"bytes":1,"freeBytes":-1},"caches":{}}',
    ],
    ['no caches', '{"at":"2026-11-21T03:30:00Z","disk":{"bytes":1,"freeBytes":1}}'],
  ])('skips a line with %s', (_, line) => {
    expect(parseHistory(`${line}\n${formatHistory([entry(T0)])}`)).toEqual([entry(T0)])
  })

  it('skips an invalid size', () => {
    const line =
      '{"at":"2026-11-21T03:30:00Z","disk":{"bytes":100,"freeBytes":40},"caches":{"npm":5,"pip":"x"}}'
    expect(parseHistory(line)).toEqual([entry(T0)])
  })
})

describe('another entry', () => {
  test.each([
    ['an empty history', [], true],
    ['59 minutes after the last', [T0 - HOUR + 60_000], false],
    ['at the same time', [T0], false],
    ['an hour after the last', [T0 - HOUR], true],
    ['before the last: the clock was wrong', [T0 + DAY], true],
  ])('%s: due is %s', (_, times, due) => {
    expect(
      isDue(
        times.map((at) => entry(at)),
        T0,
      ),
    ).toBe(due)
  })

  it('replaces entries from the future', () => {
    expect(addEntry([entry(T0 - DAY), entry(T0 + DAY)], entry(T0))).toEqual([
      entry(T0 - DAY),
      entry(T0),
    ])
  })

  it('keeps one a day of what is older than two weeks, the last of that day', () => {
    const old = T0 - 20 * DAY
    const many = [entry(old - HOUR, 1), entry(old, 2), entry(old + HOUR, 3)]
    expect(addEntry(many, entry(T0)).map(({ caches }) => caches['npm'])).toEqual([3, 5])
  })

  it('limits the size of the file', () => {
    let entries: readonly HistoryEntry[] = []
    for (let at = T0; at < T0 + 800 * DAY; at += 6 * HOUR) entries = addEntry(entries, entry(at))
    // 14 days with four entries, and about 716 days with one.
    expect(entries.length).toBeLessThan(14 * 4 + 720)
    expect(entries.length).toBeGreaterThan(700)
    for (let at = T0 + 800 * DAY; at < T0 + 830 * DAY; at += HOUR) {
      entries = addEntry(entries, entry(at))
    }
    expect(entries.length).toBeLessThanOrEqual(1100)
  })

  it('is never lost, and the order is kept', () => {
    fc.assert(
      fc.property(fc.array(anyEntry), anyEntry, (entries, added) => {
        const sorted = [...entries].sort((a, b) => a.at - b.at)
        const kept = addEntry(sorted, added)
        expect(kept.at(-1)).toBe(added)
        const times = kept.map(({ at }) => at)
        expect(times).toEqual([...times].sort((a, b) => a - b))
      }),
    )
  })

  it('has the values of a report', () => {
    const caches = [{ name: 'npm', bytes: 5 }]
    const disk = { bytes: 100, freeBytes: 40 }
    const measured = { generatedAt: '2026-11-21T03:30:00.000Z', disk, caches, buildCache: null }
    expect(entryOf(measured)).toEqual(entry(T0))
    const withDocker = entryOf({ ...measured, buildCache: { private: 7 } })
    expect(withDocker.caches).toEqual({ ...entry(T0).caches, buildkit: 7 })
  })
})
