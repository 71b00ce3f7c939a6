import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Limits, Unit } from '../../../../src/shared-cache/prune-plan/core/inventory'
import { planPrune, planTogether } from '../../../../src/shared-cache/prune-plan/core/plan'

const NOW = 1_000_000

function unit(id: string, given: Partial<Unit> = {}): Unit {
  return {
    id,
    cache: 'c',
    label: id,
    bytes: 10,
    lastUsed: NOW - 100,
    inUse: false,
    needs: [],
    ...given,
  }
}

function plan(units: readonly Unit[], limits: Limits) {
  const made = planPrune({ source: 's', units, complete: true }, limits, NOW)
  return { ...made, remove: made.remove.slice() }
}

const ids = (units: readonly Unit[], limits: Limits) =>
  plan(units, limits).remove.map(({ unit, reason }) => `${unit.id}:${reason}`)

const old = (id: string, age: number, given: Partial<Unit> = {}) =>
  unit(id, { lastUsed: NOW - age, ...given })

describe('what is removed', () => {
  test.each<[string, readonly Unit[], Limits, string[]]>([
    ['nothing without a limit', [old('a', 999)], {}, []],
    ['nothing within the limits', [unit('a')], { olderThan: 100, maxBytes: 10 }, []],
    ['what is too old', [old('a', 11), old('b', 10)], { olderThan: 10 }, ['a:age']],
    ['the oldest first', [old('a', 20), old('b', 30)], { olderThan: 0 }, ['b:age', 'a:age']],
    ['nothing of unknown age by age', [unit('a', { lastUsed: null })], { olderThan: 0 }, []],
    [
      'what is of unknown age last',
      [unit('a', { lastUsed: null }), old('b', 1)],
      { maxBytes: 0 },
      ['b:size', 'a:size'],
    ],
    [
      'until the rest is small enough',
      [old('a', 3), old('b', 2), old('c', 1)],
      { maxBytes: 10 },
      ['a:size', 'b:size'],
    ],
    [
      'until enough is freed',
      [old('a', 3), old('b', 2), old('c', 1)],
      { freeBytes: 11 },
      ['a:space', 'b:space'],
    ],
    [
      'what goes for age counts for size and space',
      [old('a', 30), old('b', 20), old('c', 10), old('d', 5)],
      { olderThan: 25, maxBytes: 20, freeBytes: 30 },
      ['a:age', 'b:size', 'c:space'],
    ],
    [
      'what is of no use, whatever the limits, and before everything else',
      [old('a', 3), old('b', 1, { isStale: true }), old('c', 2)],
      {},
      ['b:stale'],
    ],
    [
      'less of the others where that was enough',
      [old('a', 3), old('b', 1, { isStale: true }), old('c', 2)],
      { maxBytes: 10 },
      ['b:stale', 'a:size'],
    ],
    ['the id settles what the age does not', [unit('b'), unit('a')], { maxBytes: 10 }, ['a:size']],
  ])('%s', (_, units, limits, expected) => {
    expect(ids(units, limits)).toEqual(expected)
  })
})

describe('what is kept', () => {
  test.each<[string, readonly Unit[], string[]]>([
    ['what is in use', [unit('a', { inUse: true })], []],
    ['what is in use, even if it is of no use', [unit('a', { inUse: true, isStale: true })], []],
    ['what something in use needs', [unit('a'), unit('b', { needs: ['a'], inUse: true })], []],
    [
      'what that needs in turn',
      [unit('a'), unit('b', { needs: ['a'] }), unit('c', { needs: ['b'], inUse: true })],
      [],
    ],
    [
      'a ring of units that need each other',
      [unit('a', { needs: ['b'] }), unit('b', { needs: ['a'] })],
      [],
    ],
  ])('%s', (_, units, expected) => {
    expect(ids(units, { maxBytes: 0 })).toEqual(expected)
  })

  test('an old unit that a newer one needs', () => {
    const units = [old('parent', 90), old('child', 10, { needs: ['parent'] })]
    expect(ids(units, { olderThan: 50 })).toEqual([])
    expect(ids(units, { olderThan: 5 })).toEqual(['child:age', 'parent:age'])
  })

  test('needs that are not in the inventory keep nothing', () => {
    expect(ids([unit('a', { needs: ['elsewhere', 'elsewhere'] })], { maxBytes: 0 })).toEqual([
      'a:size',
    ])
  })
})

describe('what limits require and no plan can remove', () => {
  test.each<[string, readonly Unit[], Limits, number | undefined, object | undefined]>([
    ['nothing within the limits', [unit('a', { inUse: true })], { maxBytes: 10 }, 10, undefined],
    [
      'nothing where enough can go',
      [unit('a'), unit('b', { inUse: true })],
      { maxBytes: 10 },
      20,
      undefined,
    ],
    [
      'units in use, and those that they need',
      [unit('a'), unit('b', { needs: ['a'], inUse: true }), old('c', 900)],
      { maxBytes: 1 },
      30,
      { units: 2, bytes: 20, otherBytes: 0 },
    ],
    [
      'files that are no units',
      [unit('a')],
      { maxBytes: 1 },
      17,
      { units: 0, bytes: 0, otherBytes: 7 },
    ],
    [
      'for free space',
      [unit('a', { inUse: true })],
      { freeBytes: 1 },
      12,
      { units: 1, bytes: 10, otherBytes: 2 },
    ],
    [
      'for its age: those alone that are too old',
      [old('a', 900, { inUse: true }), old('b', 5, { inUse: true }), old('c', 900)],
      { olderThan: 100 },
      40,
      { units: 1, bytes: 10, otherBytes: 0 },
    ],
    [
      'nothing of unknown age',
      [unit('a', { lastUsed: null, inUse: true })],
      { olderThan: 100 },
      10,
      undefined,
    ],
    [
      'where names of one file are counted twice, no less than nothing',
      [unit('a', { inUse: true })],
      { maxBytes: 1 },
      8,
      { units: 1, bytes: 10, otherBytes: 0 },
    ],
  ])('%s', (_, units, limits, bytes, blocked) => {
    const inventory = { source: 's', units, complete: true }
    const made = planPrune(bytes === undefined ? inventory : { ...inventory, bytes }, limits, NOW)
    expect(made.blocked).toEqual(blocked)
  })

  test('its own limit counts if the common one is met', () => {
    const sources = ['x', 'y'].map((source) => {
      return { source, units: [unit('a', { inUse: true })], complete: true }
    })
    const plans = planTogether(sources, (name) => (name === 'x' ? 5 : null), {}, NOW)
    expect(plans.map(({ blocked }) => blocked?.units)).toEqual([1, undefined])
  })
})

test('the totals before and after', () => {
  expect(plan([old('a', 9), old('b', 1)], { olderThan: 5 })).toMatchObject({
    source: 's',
    bytesBefore: 20,
    bytesAfter: 10,
  })
})

/** Graphs in which a unit needs earlier units, with ages that are often the same. */
const graph: fc.Arbitrary<readonly Unit[]> = fc
  .array(
    fc.record({
      bytes: fc.nat(50),
      lastUsed: fc.option(fc.integer({ min: NOW - 8, max: NOW })),
      inUse: fc.boolean().map((used) => used),
      needs: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((rows) =>
    rows.map(({ needs, inUse, ...row }, index) =>
      unit(`u${index}`, {
        ...row,
        inUse: inUse && index % 5 === 0,
        needs: index === 0 ? [] : needs.map((at) => `u${at % index}`),
      }),
    ),
  )

const limits: fc.Arbitrary<Limits> = fc.record(
  { olderThan: fc.nat(9), maxBytes: fc.nat(500), freeBytes: fc.nat(500) },
  { requiredKeys: [] },
)

/** Removable units: not in use, and not needed by another remaining unit. */
function removable(there: readonly Unit[]): readonly Unit[] {
  const needed = new Set(there.flatMap(({ needs }) => needs))
  return there.filter(({ id, inUse }) => !inUse && !needed.has(id))
}

describe('of any graph of units', () => {
  const check = (property: (units: readonly Unit[], limits: Limits) => void) =>
    fc.assert(fc.property(graph, limits, property), { numRuns: 500 })

  test('nothing in use is removed, and nothing is removed twice', () => {
    check((units, limits) => {
      const { remove } = plan(units, limits)
      expect(remove.filter(({ unit }) => unit.inUse)).toEqual([])
      expect(new Set(remove.map(({ unit }) => unit.id)).size).toBe(remove.length)
    })
  })

  test('a unit is removed only after the units that need it', () => {
    check((units, limits) => {
      const there = new Map(units.map((unit) => [unit.id, unit]))
      for (const { unit } of plan(units, limits).remove) {
        there.delete(unit.id)
        expect([...there.values()].filter(({ needs }) => needs.includes(unit.id))).toEqual([])
      }
    })
  })

  test('the total is at most the budget, or nothing removable is left', () => {
    check((units, limits) => {
      const { remove, bytesAfter, bytesBefore } = plan(units, limits)
      const gone = new Set(remove.map(({ unit }) => unit.id))
      const left = units.filter(({ id }) => !gone.has(id))
      expect(left.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(bytesAfter)
      const kept = bytesAfter <= (limits.maxBytes ?? Infinity)
      const freed = bytesBefore - bytesAfter >= (limits.freeBytes ?? 0)
      if (!kept || !freed) expect(removable(left)).toEqual([])
    })
  })

  test('everything that is too old and removable is removed', () => {
    check((units, limits) => {
      const gone = new Set(plan(units, limits).remove.map(({ unit }) => unit.id))
      const age = ({ lastUsed }: Unit) => (lastUsed === null ? -1 : NOW - lastUsed)
      const left = removable(units.filter(({ id }) => !gone.has(id)))
      expect(left.filter((unit) => age(unit) > (limits.olderThan ?? Infinity))).toEqual([])
    })
  })

  test('no more is removed than the limits require', () => {
    check((units, limits) => {
      const { remove, bytesBefore, bytesAfter } = plan(units, limits)
      const last = remove.at(-1)
      if (!last || last.reason === 'age') return
      const without = bytesAfter + last.unit.bytes
      const tooLarge = without > (limits.maxBytes ?? Infinity)
      const tooLittle = bytesBefore - without < (limits.freeBytes ?? 0)
      expect(tooLarge || tooLittle).toBe(true)
    })
  })

  test('removed units were used no later than other removable ones', () => {
    check((units, limits) => {
      let there = units
      for (const { unit } of plan(units, limits).remove) {
        const instead = removable(there).map(({ lastUsed }) => lastUsed ?? Infinity)
        expect(unit.lastUsed ?? Infinity).toBe(Math.min(...instead))
        there = there.filter(({ id }) => id !== unit.id)
      }
    })
  })

  test('the same units give the same plan in any order', () => {
    const shuffled = graph.chain((units) =>
      fc.tuple(fc.constant(units), fc.shuffledSubarray([...units], { minLength: units.length })),
    )
    fc.assert(
      fc.property(shuffled, limits, ([units, other], given) => {
        expect(plan(other, given)).toEqual(plan(units, given))
      }),
    )
  })
})
