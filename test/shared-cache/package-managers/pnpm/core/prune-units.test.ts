import { describe, expect, test } from 'vitest'
import { pnpmUnits } from '../../../../../src/shared-cache/package-managers/pnpm/core/prune-units'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { collectUnits, DAY, entry, NOW } from '../../../../support/entries'

const REST = '9f'.repeat(63)
const unitsOf = (entries: readonly Entry[]) =>
  collectUnits((loose) => pnpmUnits(NOW, loose), entries)

describe('units of pnpm', () => {
  test.each([
    [`v10/files/ab/${REST}`, 'file'],
    [`v10/files/ab/${REST}-exec`, 'file'],
    [`v3/files/ab/${REST}-index.json`, 'index'],
    [`v10/index/ab/${REST.slice(64)}-@biomejs+biome@1.9.4.json`, 'index'],
    ['v11/index.db', 'index of pnpm'],
  ])('%s', (path, label) =>
    expect(unitsOf([entry(path)])).toMatchObject([
      { label, bytes: 4096, lastUsed: NOW - 100 * DAY, inUse: false },
    ]),
  )

  test.each([
    `v10/files/ab/${REST.slice(2)}`,
    `v10/files/abc/${REST}`,
    `v10/projects/ab/${REST}`,
    `files/ab/${REST}`,
    'CACHEDIR.TAG',
  ])('%s is none', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test('a file and a program with the same content are two', () => {
    const path = `v10/files/ab/${REST}`
    expect(new Set(unitsOf([entry(path), entry(`${path}-exec`)]).map(({ id }) => id)).size).toBe(2)
  })

  test.each<[string, Partial<Entry>]>([
    ['was used within a day', { accessed: NOW - DAY }],
    ['is part of a project too', { links: 2 }],
  ])('stays where it %s', (_, given) =>
    expect(unitsOf([entry(`v10/files/ab/${REST}`, given)])).toMatchObject([{ inUse: true }]),
  )

  test('files go before the indexes that name them', () => {
    const all = [entry(`v3/files/00/${REST}-index.json`), entry(`v3/files/ab/${REST}`)]
    expect(orderSteps(unitsOf(all)).map(({ step }) => step.path)).toEqual([
      `v3/files/ab/${REST}`,
      `v3/files/00/${REST}-index.json`,
    ])
  })

  test('the database goes with what SQLite has beside it', () => {
    const all = ['', '-wal', '-shm'].map((end) => entry(`v11/index.db${end}`))
    const [unit, ...more] = unitsOf(all)
    expect(more).toEqual([])
    expect(unit).toMatchObject({ id: 'v11/index.db', bytes: 3 * 4096 })
    expect(unit?.phases.flat()).toHaveLength(3)
  })
})
