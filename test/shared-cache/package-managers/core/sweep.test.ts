import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Unit } from '../../../../src/shared-cache/prune-plan/core/inventory'
import type { Entry } from '../../../../src/foundation/core/entry'
import {
  LooseStore,
  type LooseUnit,
} from '../../../../src/shared-cache/package-managers/core/loose'
import { npmUnits } from '../../../../src/shared-cache/package-managers/npm/core/prune-units'
import { pipUnits } from '../../../../src/shared-cache/package-managers/pip/core/prune-units'
import type { RemovalStep } from '../../../../src/shared-cache/package-managers/core/steps'
import { Sweep } from '../../../../src/shared-cache/package-managers/core/sweep'
import { DAY, directory, entry, NOW } from '../../../support/entries'

const MAKERS = { npm: npmUnits, pip: pipUnits }

/** A prune of these entries: one walk for the inventory, others to remove. */
function sweep(
  cache: keyof typeof MAKERS,
  entries: readonly Entry[],
  choose: (units: Unit[]) => Unit[],
) {
  const store = new LooseStore(cache)
  const first = MAKERS[cache](NOW, (unit) => store.add(unit))
  for (const each of entries) first.add(each)
  first.units()
  const units = store.list().slice()
  const steps: RemovalStep[] = []
  const last = choose([...units]).at(-1)
  for (let phase = 0; last && phase < store.phases; phase++) {
    const one = new Sweep(last, phase, () => undefined)
    const maker = MAKERS[cache](NOW, (unit) => one.add(unit))
    for (const each of entries) {
      maker.add(each)
      one.pass(each.path)
    }
    maker.units()
    one.pass('')
    steps.push(...one.take())
  }
  return { units, store, steps: steps.map(({ action, path }) => `${action} ${path}`) }
}

const hash = fc.stringMatching(/^[ab]{3}$/).map((head) => head.padEnd(56, 'c'))
const days = fc.integer({ min: 2, max: 5 })
const split = (name: string) => Array.from(name.slice(0, 5)).join('/')
const downloads = fc.uniqueArray(fc.tuple(hash, days, fc.boolean()), {
  selector: ([name]) => name,
  maxLength: 12,
  size: 'max',
})

/** In the order of a walk: a directory, then its content. */
function walked(all: readonly (readonly [string, number, boolean])[]): Entry[] {
  const seen = new Set<string>()
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, age, body]) => {
      const path = `http-v2/${split(name)}/${name}`
      const parents = path.split('/').slice(0, -1)
      const directories = parents
        .map((_, index) => parents.slice(0, index + 1).join('/'))
        .filter((each) => !seen.has(each) && seen.add(each))
      const used = { accessed: NOW - age * DAY, modified: NOW - age * DAY }
      const files = [entry(path, used), ...(body ? [entry(`${path}.body`, used)] : [])]
      return [...directories.map((each) => directory(each)), ...files]
    })
}

const order = (a: Unit, b: Unit) => (a.lastUsed ?? 0) - (b.lastUsed ?? 0) || (a.id < b.id ? -1 : 1)

describe('loose units', () => {
  test('are removed up to the last selected one, and no further', () => {
    fc.assert(
      fc.property(downloads, fc.nat(12), (all, count) => {
        const entries = walked(all)
        const chosen = (units: Unit[]) => units.sort(order).slice(0, count)
        const { units, steps, store } = sweep('pip', entries, chosen)
        const gone = chosen([...units])
        const last = gone.at(-1)
        if (last) expect(store.upTo(last)).toBe(gone.length)
        const unlinked = steps.filter((step) => step.startsWith('unlink'))
        const ids = new Set(gone.map(({ id }) => id))
        const expected = all
          .filter(([name]) => ids.has(`http-v2/${name.slice(0, 13)}`))
          .reduce((sum, [, , body]) => sum + (body ? 2 : 1), 0)
        expect(unlinked).toHaveLength(expected)
        expect(new Set(steps).size).toBe(steps.length)
      }),
    )
  })

  test('a directory is tidied once, after everything below it', () => {
    fc.assert(
      fc.property(downloads, (all) => {
        const { steps } = sweep('pip', walked(all), (units) => units.sort(order))
        steps.forEach((step, index) => {
          const [action, path = ''] = step.split(' ')
          if (action !== 'tidy') return
          const later = steps.slice(index + 1)
          expect(later.filter((each) => each.split(' ')[1]?.startsWith(path))).toEqual([])
        })
        const leaves = new Set(all.map(([name]) => `tidy http-v2/${split(name)}`))
        for (const leaf of leaves) expect(steps).toContain(leaf)
      }),
    )
  })

  test('of npm content is removed before the index, in any order of the walk', () => {
    const blob = `_cacache/content-v2/sha512/b1/34/${'9f'.repeat(62)}`
    const bucket = `_cacache/index-v5/fb/84/${'7a'.repeat(30)}`
    const { steps } = sweep('npm', [entry(bucket), entry(blob)], (units) => units.sort(order))
    expect(steps).toEqual([`unlink ${blob}`, `unlink ${bucket}`])
  })

  test.each<[string, Partial<LooseUnit>, string, string]>([
    ['a long hash', { hash: `0a${'f'.repeat(126)}` }, 'g/0afffffffffff', 'content 0affffffffff'],
    ['a short one', { hash: '0a' }, 'g/0a00000000000', 'content 0a0000000000'],
  ])('%s is identified by its first digits', (_, given, id, label) => {
    const store = new LooseStore('npm')
    const unit = { group: 'g', noun: 'content', bytes: 4096, lastUsed: 5.5, inUse: true, hash: '' }
    store.add({ ...unit, phases: [], isSpread: true, ...given })
    expect(store.list().at(0)).toMatchObject({
      id,
      cache: 'npm',
      label,
      bytes: 4096,
      lastUsed: 5.5,
      inUse: true,
      needs: [],
    })
  })
})
