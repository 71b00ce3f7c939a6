import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  orderSteps,
  readStep,
  writeStep,
} from '../../../../src/shared-cache/package-managers/core/steps'
import type {
  FileUnit,
  RemovalStep,
} from '../../../../src/shared-cache/package-managers/core/steps'

const action = fc.constantFrom<RemovalStep['action'][]>('unlink', 'trash', 'tidy')
const path = fc.string({ minLength: 1 }).filter((text) => !text.includes('\0'))
const identity = fc.constantFrom('', '1:2', '99:1700000000123456789')
const step = fc.record<RemovalStep>({ action, path, identity })

const unitOf = (phases: RemovalStep[][], id: string): FileUnit => ({
  id,
  cache: 'npm',
  label: id,
  bytes: 1,
  lastUsed: 1,
  inUse: false,
  needs: [],
  phases,
})
const someUnits = fc
  .array(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 3 }), { maxLength: 8 })
  .map((all) => all.map((phases, index) => unitOf(phases, String(index))))

describe('a step for the helper', () => {
  test('is parsed as it was written', () => {
    fc.assert(
      fc.property(step, (given) => {
        expect(readStep(writeStep(given))).toEqual(given)
      }),
    )
  })

  test.each(['', 'unlink', 'unlink 1:2', 'unlink 1:2 ', 'rm 1:2 a', 'unlink  '])(
    '%j is not a step',
    (text) => expect(readStep(text)).toBeUndefined(),
  )
})

describe('the order of steps', () => {
  test('nothing is lost or repeated', () => {
    fc.assert(
      fc.property(someUnits, (units) => {
        const ordered = orderSteps(units)
        const plain = units.flatMap((unit) => unit.phases.flat())
        const others = plain.filter((each) => each.action !== 'tidy')
        const tidied = new Set(plain.filter((each) => each.action === 'tidy').map((s) => s.path))
        expect(ordered).toHaveLength(others.length + tidied.size)
        for (const { step: each, unit } of ordered) {
          expect(units[unit]?.phases.flat()).toContainEqual(each)
        }
      }),
    )
  })

  test('a phase starts when the one before is complete for all units; tidying is last', () => {
    fc.assert(
      fc.property(someUnits, (units) => {
        const phaseOf = (unit: number, each: RemovalStep) =>
          each.action === 'tidy'
            ? 99
            : (units[unit]?.phases.findIndex((phase) => phase.includes(each)) ?? -1)
        const phases = orderSteps(units).map((each) => phaseOf(each.unit, each.step))
        expect(phases).toEqual([...phases].sort((a, b) => a - b))
      }),
    )
  })

  test('a directory is tidied after those inside it', () => {
    const tidy = (each: string): RemovalStep => ({ action: 'tidy', path: each, identity: '' })
    const units = [
      unitOf([[tidy('a'), tidy('a/b')]], '1'),
      unitOf([[tidy('a'), tidy('a/c/d')]], '2'),
    ]
    expect(orderSteps(units).map(({ step: each }) => each.path)).toEqual(['a/c/d', 'a/b', 'a'])
  })
})
