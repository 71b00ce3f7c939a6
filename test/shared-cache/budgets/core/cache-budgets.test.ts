import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BudgetSettings,
  parsePartSizes,
  resolveBudgets,
} from '../../../../src/shared-cache/budgets/core/budgets'
import {
  budgetOf,
  canonicalCache,
  planCaches,
} from '../../../../src/shared-cache/budgets/core/cache-budgets'
import type { Inventory, Unit } from '../../../../src/shared-cache/prune-plan/core/inventory'
import { cacheBudgetSettings } from '../../../../src/shared-cache/properties/core/properties'

const NOW = 1e12
const OFF: BudgetSettings = { maxSize: 'off', maxAge: 'off', partMaxSize: 'off', minFree: 'off' }

function unit(id: string, bytes: number, age: number, more: Partial<Unit> = {}): Unit {
  const lastUsed = NOW - age
  return { id, cache: 'c', label: id, bytes, lastUsed, inUse: false, needs: [], ...more }
}

function inventory(source: string, units: readonly Unit[], beside = 0): Inventory {
  const bytes = units.reduce((sum, each) => sum + each.bytes, beside)
  return { source, units, bytes, complete: true }
}

/** Three caches, one of them in a group; two of them use the same ids. */
const CACHES = [
  inventory('npm', [unit('a', 40, 9), unit('b', 40, 3)], 20),
  inventory('pip', [unit('a', 50, 8), unit('busy', 50, 99, { inUse: true })]),
  inventory('private:npm', [unit('old', 30, 7), unit('new', 30, 1)]),
]

function gone(settings: Partial<BudgetSettings>, coming = 0, freeBytes = 0) {
  const budgets = resolveBudgets({ ...OFF, ...settings }, { bytes: 1000, freeBytes })
  return planCaches(CACHES, budgets, coming, NOW).flatMap(({ source, remove }) =>
    remove.map((chosen) => `${source} ${chosen.unit.id} ${chosen.reason}`),
  )
}

describe('what is removed from caches that share their budgets', () => {
  test.each<[string, Partial<BudgetSettings>, string[]]>([
    ['nothing is limited', {}, []],
    ['nothing is over', { maxSize: '260', partMaxSize: '100', minFree: 'off' }, []],
    ['the least recently used of all goes first', { maxSize: '250' }, ['npm a size']],
    [
      'whatever cache it is in, groups too',
      { maxSize: '150' },
      ['npm a size', 'pip a size', 'private:npm old size'],
    ],
    ['a share is of the disk', { maxSize: '25%' }, ['npm a size']],
    ['each cache has a size', { partMaxSize: '60' }, ['npm a size', 'pip a size']],
    ['a cache of its own name', { partMaxSize: 'npm=60' }, ['npm a size']],
    ['a cache of a group', { partMaxSize: '100 private:npm=30' }, ['private:npm old size']],
    [
      'what went for its own size counts for the whole',
      { partMaxSize: 'private:npm=30', maxSize: '230' },
      ['private:npm old size'],
    ],
    [
      'its own size comes before the whole',
      { partMaxSize: 'private:npm=30', maxSize: '200' },
      ['npm a size', 'private:npm old size'],
    ],
    ['free space', { minFree: '5%' }, ['npm a space', 'pip a space']],
    ['age', { maxAge: '0.008s' }, ['npm a age']],
  ])('%s', (_, settings, expected) => expect(gone(settings)).toEqual(expected))

  test('what another plan frees on the disk counts for the free space', () =>
    expect(gone({ minFree: '5%' }, 20)).toEqual(['npm a space']))
})

test('defaults: a fifth of the disk, a tenth of it free', () => {
  const disk = { bytes: 1000, freeBytes: 300 }
  expect(resolveBudgets(cacheBudgetSettings({}), disk)).toMatchObject({
    maxBytes: 200,
    maxAge: null,
    eachPart: null,
    parts: [],
    minFree: 100,
  })
})

describe('sizes of single caches', () => {
  test.each([
    ['off', 'off'],
    ['5GB', '5GB'],
    ['npm=5 %', 'npm=5%'],
    ['rust=2GB, ms-playwright=3GB', 'cargo=2GB playwright=3GB'],
    ['10% private:npm=1GB', '10% private:npm=1GB'],
  ])('%s is %s', (text, canonical) => expect(parsePartSizes(text, canonicalCache)).toBe(canonical))
  test('an unknown name is rejected with the valid ones', () =>
    expect(() => parsePartSizes('nope=5GB', canonicalCache)).toThrow(
      expect.objectContaining({
        message: 'No cache is called nope',
        hint: expect.stringMatching(/^Caches are: pip, uv, .*, cache-mounts$/) as string,
      }),
    ))
  test.each(['nope=5GB', 'npm=', '=5GB', 'npm=off', 'A:npm=5GB', 'npm=200%', '1GB 2GB', ''])(
    '%j is rejected',
    (text) => expect(() => parsePartSizes(text, canonicalCache)).toThrow(),
  )
  test.each([
    ['5 npm=7', 'npm', 7],
    ['5 npm=7', 'private:npm', 5],
    ['npm=7', 'pip', null],
    ['npm=50%', 'npm', 500],
  ])('%s is for %s %s', (partMaxSize, cache, bytes) => {
    const budgets = resolveBudgets({ ...OFF, partMaxSize }, { bytes: 1000, freeBytes: 0 })
    expect(budgetOf(budgets, cache)).toBe(bytes)
  })
})

const caches = fc.array(
  fc
    .array(fc.record({ bytes: fc.nat(50), age: fc.nat(20), inUse: fc.boolean() }), {
      maxLength: 12,
      size: 'max',
    })
    .map((rows) =>
      rows.map(({ bytes, age, inUse }, index) => unit(`u${index}`, bytes, age, { inUse })),
    ),
  { maxLength: 4 },
)

test('the total is within the size, or nothing more can be removed; nothing newer is removed', () => {
  fc.assert(
    fc.property(caches, fc.nat(400), (all, maxBytes) => {
      const inventories = all.map((units, index) => inventory(`c${index}`, units))
      const budgets = resolveBudgets({ ...OFF, maxSize: String(maxBytes) }, null)
      const plans = planCaches(inventories, budgets, 0, NOW)
      const removed = plans.flatMap(({ remove }) => remove.map(({ unit: each }) => each))
      const left = inventories
        .flatMap(({ units }) => units.slice())
        .filter((each) => !each.inUse && !removed.includes(each))
      const after = plans.reduce((sum, { bytesAfter }) => sum + bytesAfter, 0)
      expect(after <= maxBytes || left.length === 0).toBe(true)
      expect(removed.some(({ inUse }) => inUse)).toBe(false)
      const newest = Math.max(-Infinity, ...removed.map(({ lastUsed }) => lastUsed ?? 0))
      for (const { lastUsed } of left) expect(lastUsed).toBeGreaterThanOrEqual(newest)
    }),
  )
})
