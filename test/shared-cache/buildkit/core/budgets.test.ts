import { describe, expect, test } from 'vitest'
import { parseAmount } from '../../../../src/foundation/core/amount'
import {
  type BudgetSettings,
  parseMaxAge,
  parsePartSizes,
  resolveBudgets,
} from '../../../../src/shared-cache/budgets/core/budgets'
import { planBudgets } from '../../../../src/shared-cache/buildkit/core/budgets'
import type { RecordUnit } from '../../../../src/shared-cache/buildkit/core/records'
import { budgetSettings } from '../../../../src/shared-cache/properties/core/properties'

const NOW = 1e12
const OFF: BudgetSettings = { maxSize: 'off', maxAge: 'off', partMaxSize: 'off', minFree: 'off' }

describe('valid settings', () => {
  test.each([
    ['off', 'off'],
    ['20%', '20%'],
    ['2.5 %', '2.5%'],
    ['100%', '100%'],
    ['10 GB', '10GB'],
  ])('an amount of %s is %s', (text, canonical) => expect(parseAmount(text)).toBe(canonical))

  test.each(['101%', '-1%', '%', 'much', '', 'offish'])('an amount of %j is rejected', (text) => {
    expect(() => parseAmount(text)).toThrow('Invalid')
  })

  test.each(['off', '30d', '72h'])('an age of %s', (text) => expect(parseMaxAge(text)).toBe(text))
  test.each(['never', '', '30'])('an age of %j is rejected', (text) => {
    expect(() => parseMaxAge(text)).toThrow('Invalid age')
  })

  test.each([
    ['off', 'off'],
    ['5GB', '5GB'],
    ['/root/.npm=2GB', '/root/.npm=2GB'],
    ['5GB, //root/.npm=2GB', '5GB //root/.npm=2GB'],
  ])('sizes of cache mounts %s are %s', (text, canonical) => {
    expect(parsePartSizes(text)).toBe(canonical)
  })
  test.each(['', 'x', '/root/.npm=', '1GB 2GB', 'off 1GB'])(
    'sizes of cache mounts %j are rejected',
    (text) => {
      expect(() => parsePartSizes(text)).toThrow()
    },
  )
})

describe('the resolved budgets', () => {
  const disk = { bytes: 1000, freeBytes: 50 }

  test('defaults: a fifth of the disk, a tenth of it free', () => {
    expect(resolveBudgets(budgetSettings({}), disk)).toEqual({
      maxBytes: 200,
      maxAge: null,
      eachPart: null,
      parts: [],
      minFree: 100,
      free: 50,
    })
  })

  test('on an unknown disk shares are no limits, sizes are', () => {
    expect(resolveBudgets({ ...OFF, maxSize: '20%', minFree: '5GB' }, null)).toMatchObject({
      maxBytes: null,
      minFree: null,
    })
    expect(resolveBudgets({ ...OFF, maxSize: '5GB' }, null).maxBytes).toBe(5e9)
  })
})

function unit(id: string, bytes: number, mount: RecordUnit['mount'], age = 1): RecordUnit {
  return {
    id,
    cache: 'c',
    label: id,
    bytes,
    lastUsed: NOW - age,
    inUse: false,
    needs: [],
    uses: 1,
    mount,
  }
}

const NPM = { id: '//root/.npm', target: '/root/.npm' }
const OTHER_NPM = { id: '/npm', target: '/root/.npm' }
const PIP = { id: null, target: '/root/.cache/pip' }

describe('what is removed', () => {
  const units = [
    unit('npm-1', 30, NPM, 9),
    unit('npm-2', 30, NPM, 2),
    unit('npm-3', 30, OTHER_NPM, 8),
    unit('pip', 30, PIP, 5),
    unit('layer', 100, null, 7),
  ]
  const gone = (settings: Partial<BudgetSettings>, freeBytes = 0) => {
    const budgets = resolveBudgets({ ...OFF, ...settings }, { bytes: 1000, freeBytes })
    const inventory = { source: 'buildkit', units, complete: true }
    const { remove, bytesBefore, bytesAfter } = planBudgets(inventory, budgets, NOW)
    expect(bytesBefore).toBe(220)
    expect(bytesBefore - bytesAfter).toBe(
      remove.slice().reduce((sum, { unit }) => sum + unit.bytes, 0),
    )
    return remove.map(({ unit }) => unit.id)
  }

  test.each<[string, Partial<BudgetSettings>, string[]]>([
    ['nothing is limited', {}, []],
    ['all is within its limits', { maxSize: '220', partMaxSize: '60' }, []],
    ['the total is too large', { maxSize: '190' }, ['npm-1']],
    ['each mount has a limit, records of one id count together', { partMaxSize: '30' }, ['npm-1']],
    ['a target covers every id there', { partMaxSize: '/root/.npm=30' }, ['npm-1', 'npm-3']],
    ['an id covers itself', { partMaxSize: '//root/.npm=0' }, ['npm-1', 'npm-2']],
    ['a mount with a limit of its own', { partMaxSize: '0 /root/.npm=90' }, ['pip']],
    [
      'what went for its mount counts for the total',
      { partMaxSize: '30', maxSize: '190' },
      ['npm-1'],
    ],
    ['the oldest go next', { partMaxSize: '30', maxSize: '60' }, ['npm-1', 'npm-3', 'layer']],
  ])('%s', (_, settings, expected) => {
    expect(gone(settings)).toEqual(expected)
  })

  test('as much as is missing on the disk', () => {
    expect(gone({ minFree: '10%' }, 100)).toEqual([])
    expect(gone({ minFree: '10%' }, 60)).toEqual(['npm-1', 'npm-3'])
    expect(gone({ minFree: '10%', partMaxSize: '30' }, 70)).toEqual(['npm-1'])
  })
})
