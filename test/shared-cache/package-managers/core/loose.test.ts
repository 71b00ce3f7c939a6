import { describe, expect, test } from 'vitest'
import {
  isUpTo,
  LooseStore,
  type LooseUnit,
} from '../../../../src/shared-cache/package-managers/core/loose'
import { Sweep } from '../../../../src/shared-cache/package-managers/core/sweep'
import type { Unit } from '../../../../src/shared-cache/prune-plan/core/inventory'

const step = (action: 'unlink' | 'tidy', path: string) => ({ action, path, identity: '' })
const unit = (hash: string, lastUsed: number, over: Partial<LooseUnit> = {}): LooseUnit => ({
  ...{ group: 'g', noun: 'content', hash, bytes: 1, lastUsed, inUse: false, isSpread: true },
  phases: [[step('unlink', `g/${hash}`)]],
  ...over,
})
const last = (id: string, lastUsed: number | null): Unit => ({
  ...{ id, lastUsed, cache: 'npm', label: '', bytes: 1, inUse: false, needs: [] },
})
const id = (hash: string) => `g/${hash.padEnd(13, '0')}`
const store = (...units: LooseUnit[]) => {
  const all = new LooseStore('npm')
  for (const each of units) all.add(each)
  return all
}

describe('loose units up to a last one', () => {
  const three = store(unit('1', 10), unit('2', 10), unit('3', 20), unit('4', 5, { inUse: true }))
  test.each<[string, string, number | null, number]>([
    ['the first', id('1'), 10, 1],
    ['two of one time', id('2'), 10, 2],
    ['all', id('3'), 20, 3],
    ['those of before', id('0'), 20, 2],
    ['none', id('0'), 10, 0],
    ['all, whatever the time', 'z', null, 3],
  ])('are counted: %s', (_, at, time, count) => expect(three.upTo(last(at, time))).toBe(count))

  test.each<[string, string, number, number, boolean]>([
    ['go by their age alone where all of one time go', id('2'), 10, 11, false],
    ['need a walk where one of the last time stays', id('1'), 10, 10, true],
  ])('%s', (_, at, time, before, hasRest) =>
    expect(three.expiry(last(at, time))).toEqual({
      ...{ before, hasRest },
      groups: [expect.objectContaining({ group: 'g', phase: 0 })],
    }),
  )
  test('need a walk if others are not single files', () => {
    const mixed = store(unit('1', 10), unit('2', 10, { group: 'h', isSpread: false }))
    const { groups, hasRest } = mixed.expiry(last('z', 10))
    expect([groups.map(({ group }) => group), hasRest]).toEqual([['g'], true])
  })
  test('have as many phases as their last removal', () => {
    const late = { noun: 'index', phases: [[], [step('unlink', 'a')], [step('tidy', 'b')]] }
    expect(store().phases).toBe(0)
    expect(store(unit('1', 1)).phases).toBe(1)
    expect(store(unit('1', 1), unit('2', 1, late)).phases).toBe(2)
    expect(store(unit('1', 1), unit('2', 1, late)).expiry(last('z', 1)).groups).toMatchObject([
      { phase: 0 },
      { phase: 1 },
    ])
  })
})

test.each<[string, number | null, string, number | null, boolean]>([
  ['a', 1, 'b', 2, true],
  ['b', 1, 'a', 2, true],
  ['a', 2, 'a', 2, true],
  ['a', 2, 'b', 2, true],
  ['b', 2, 'a', 2, false],
  ['a', 3, 'b', 2, false],
  ['a', null, 'b', 2, false],
  ['a', 5, 'a', null, true],
  ['b', null, 'a', null, false],
])('%s of %s is up to %s of %s: %s', (one, use, other, end, expected) =>
  expect(isUpTo({ id: one, lastUsed: use }, last(other, end))).toBe(expected),
)

describe('a sweep', () => {
  const run = (phase: number, ...units: LooseUnit[]) => {
    const counted: (number | null)[] = []
    const sweep = new Sweep(last('z', 10), phase, (index) => counted.push(index))
    for (const each of units) sweep.add(each)
    sweep.pass('')
    return { sweep, counted, steps: sweep.take().map(({ action, path }) => `${action} ${path}`) }
  }
  const two = { phases: [[step('unlink', 'a'), step('unlink', 'b')], [step('unlink', 'c')]] }

  test('numbers the units that it removes, and tidying belongs to none', () => {
    const tidy = [[step('unlink', 'd/x')], [step('tidy', 'd')]]
    const { counted, steps, sweep } = run(0, unit('1', 1, two), unit('2', 1, { phases: tidy }))
    expect(steps).toEqual(['unlink a', 'unlink b', 'unlink d/x', 'tidy d'])
    expect(counted).toEqual([0, 0, 1, null])
    expect(sweep.units).toBe(2)
    expect(sweep.take()).toEqual([])
  })
  test('skips units in use, later ones, and those without such a phase', () => {
    const { steps, sweep } = run(
      1,
      unit('1', 1, { ...two, inUse: true }),
      unit('2', 11, two),
      unit('3', 1),
      unit('4', 1, two),
    )
    expect([steps, sweep.units]).toEqual([['unlink c'], 1])
  })
  test('tidies the deepest directory first, once for all its content', () => {
    const under = (path: string) => ({
      phases: [[step('unlink', path)], [step('tidy', 'a'), step('tidy', 'a/b')]],
    })
    expect(run(0, unit('1', 1, under('a/b/x')), unit('2', 1, under('a/b/y'))).steps).toEqual([
      ...['unlink a/b/x', 'unlink a/b/y', 'tidy a/b', 'tidy a'],
    ])
  })
})
