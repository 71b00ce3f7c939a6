import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../../src/foundation/core/entry'
import { unitMakerOf } from '../../../../src/shared-cache/package-managers/core/prune-units'
import { planPrune } from '../../../../src/shared-cache/prune-plan/core/plan'
import { collectUnits, DAY, directory, entry, NOW } from '../../../support/entries'

const REGISTRY = 'index.example-1949cf8c6b5b557f'
const CRATE = `registry/cache/${REGISTRY}/itoa-1.0.9.crate`
const SOURCE = `registry/src/${REGISTRY}/itoa-1.0.9`
const MODULE = 'mod/gotest.tools@v2.2.0'
const DOWNLOADS = 'mod/cache/download/gotest.tools/@v/v2.2.0'
const hex = (length: number) => '0123456789abcdef'.repeat(8).slice(0, length)

const unitsOf = (cache: string, entries: readonly Entry[]) =>
  collectUnits(
    (loose) => unitMakerOf(cache)({ now: NOW, neededBrowsers: () => new Set(), loose }),
    entries,
  )
const ago = (days: number) => ({ accessed: NOW - days * DAY, modified: NOW - (days + 1) * DAY })

describe('everything that can be pruned is removed by its age', () => {
  test.each<[string, string, Entry[]]>([
    ['cargo', 'a .crate alone', [entry(CRATE, ago(40))]],
    ['cargo', 'a source alone', [directory(SOURCE), entry(`${SOURCE}/lib.rs`, ago(40))]],
    [
      'cargo',
      'a crate whose source was used last',
      [entry(CRATE, ago(90)), directory(SOURCE), entry(`${SOURCE}/lib.rs`, ago(40))],
    ],
    [
      'cargo',
      'a crate that was used last itself',
      [entry(CRATE, ago(40)), directory(SOURCE), entry(`${SOURCE}/lib.rs`, ago(90))],
    ],
    ['go', 'a source alone', [directory(MODULE), entry(`${MODULE}/a.go`, ago(40))]],
    ['go', 'a download alone', [entry(`${DOWNLOADS}.zip`, ago(40))]],
    [
      'go',
      'a download of several files',
      [entry(`${DOWNLOADS}.zip`, ago(90)), entry(`${DOWNLOADS}.mod`, ago(40))],
    ],
    ['go', 'what was built', [entry(`build/01/${hex(64)}-d`, ago(40))]],
    ['npm', 'a blob', [entry(`_cacache/content-v2/sha512/01/23/${hex(124)}`, ago(40))]],
    ['pip', 'a download', [entry(`http-v2/0/1/2/3/4/${hex(56)}`, ago(40))]],
    ['pip', 'a body without a head', [entry(`http-v2/0/1/2/3/4/${hex(56)}.body`, ago(40))]],
    [
      'pip',
      'a wheel',
      [directory(`wheels/01/23/45/${hex(50)}`), entry(`wheels/01/23/45/${hex(50)}/a.whl`, ago(40))],
    ],
    ['uv', 'an archive', [directory('archive-v0/a'), entry('archive-v0/a/b.py', ago(40))]],
    ['uv', 'an answer', [entry('simple-v28/pypi/six.rkyv', ago(40))]],
    ['apt', 'a download', [entry(hex(64), ago(40))]],
    ['sccache', 'a crate', [entry(`0/0/1/${hex(64)}`, ago(40))]],
    [
      'playwright',
      'a browser',
      [directory('chromium-1', { modified: NOW - 90 * DAY }), entry('chromium-1/chrome', ago(40))],
    ],
  ])('%s: %s', (cache, _, entries) => {
    const [unit, ...more] = unitsOf(cache, entries)
    expect(more).toEqual([])
    expect(unit?.lastUsed).toBe(NOW - 40 * DAY)
    const removed = (days: number) =>
      planPrune(
        { source: cache, units: unit ? [unit] : [], complete: true },
        { olderThan: days * DAY },
        NOW,
      ).remove.length
    expect([removed(39), removed(41)]).toEqual([1, 0])
  })

  test('of cargo and Go every unit with a file has an age, with any parts', () => {
    const some = fc.subarray([
      ...['', '/lib.rs', '/src/a.rs'].map((path) => `${SOURCE}${path}`),
      ...['', '/a.go'].map((path) => `${MODULE}${path}`),
      ...['.zip', '.mod', '.info', '.ziphash'].map((ending) => `${DOWNLOADS}${ending}`),
      CRATE,
    ])
    fc.assert(
      fc.property(some, (paths) => {
        const entries = paths.map((path) =>
          path === SOURCE || path === MODULE ? directory(path) : entry(path),
        )
        for (const cache of ['cargo', 'go']) {
          for (const unit of unitsOf(cache, entries)) {
            const isEmpty = unit.phases
              .flat()
              .every(
                ({ path }) =>
                  paths.filter((each) => each === path || each.startsWith(`${path}/`)).length ===
                    1 && [SOURCE, MODULE].includes(path),
              )
            if (!isEmpty) expect(unit.lastUsed).not.toBeNull()
          }
        }
      }),
    )
  })
})

describe('units that a tool may use next are in use', () => {
  const HOUR = DAY / 24
  const recent = (hours: number) => ({ accessed: NOW - hours * HOUR, modified: NOW - 90 * DAY })
  const inUse = (cache: string, entries: readonly Entry[]) => unitsOf(cache, entries)[0]?.inUse
  const partial = `http-v2/0/1/2/3/4/${hex(56)}.x.tmp`
  const wheels = `wheels/01/23/45/${hex(50)}`
  test.each<[string, string, (hours: number) => Entry[]]>([
    ['cargo', 'a source', (h) => [directory(SOURCE), entry(`${SOURCE}/lib.rs`, recent(h))]],
    ['cargo', 'a repository', (h) => [directory('git/db/a'), entry('git/db/a/HEAD', recent(h))]],
    ['go', 'a download', (h) => [entry(`${DOWNLOADS}.zip`, recent(h))]],
    ['go', 'a source', (h) => [directory(MODULE), entry(`${MODULE}/a.go`, recent(h))]],
    ['pip', 'what is being written', (h) => [entry(partial, recent(h))]],
    ['pip', 'a wheel', (h) => [directory(wheels), entry(`${wheels}/a.whl`, recent(h))]],
    ['npm', 'what an install unpacks', (h) => [entry('_cacache/tmp/a', recent(h))]],
    ['apt', 'what is being written', (h) => [entry('.part-aB3dE5gH7j', recent(h))]],
    ['sccache', 'what is being written', (h) => [entry('0/.sccachetmpA_b-1', recent(h))]],
    [
      'npm',
      'a directory of an install',
      (h) => [directory('_cacache/tmp/a', { modified: NOW - h * HOUR })],
    ],
    [
      'playwright',
      'a browser that came lately',
      (h) => [directory('chromium-1', { modified: NOW - h * HOUR })],
    ],
  ])('%s: %s, for 25 hours', (cache, _, entries) => {
    expect(inUse(cache, entries(24.9))).toBe(true)
    expect(inUse(cache, entries(25))).toBe(false)
    expect(inUse(cache, entries(-25))).toBe(false)
  })
  test.each<[string, Entry]>([
    ['cargo', entry(CRATE, recent(1))],
    ['npm', entry(`_cacache/content-v2/sha512/01/23/${hex(124)}`, recent(1))],
    ['pip', entry(`http-v2/0/1/2/3/4/${hex(56)}`, recent(1))],
    ['apt', entry(hex(64), recent(1))],
    ['sccache', entry(`0/0/1/${hex(64)}`, recent(1))],
    ['uv', entry('simple-v28/pypi/six.rkyv', recent(1))],
  ])('%s works without a missing file', (cache, file) => expect(inUse(cache, [file])).toBe(false))
})
