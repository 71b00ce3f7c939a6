import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RemovalStep } from '../../../../src/shared-cache/package-managers/core/steps'
import type { Damage } from '../../../../src/shared-cache/package-managers/core/task'
import { planFix } from '../../../../src/shared-cache/verify/core/fix'

const step = (action: RemovalStep['action'], path: string): RemovalStep => ({
  action,
  path,
  identity: '1:1',
})
const damage = (...phases: RemovalStep[][]): Damage => ({ path: '', why: '', phases })
const shown = (...damages: Damage[]) => {
  const { steps, owners } = planFix(damages)
  return steps.map(({ action, path }, i) => `${action} ${path} for ${owners[i]?.join(' ') ?? ''}`)
}

describe('the steps that remove damaged entries', () => {
  test.each<[string, Damage[], string[]]>([
    ['nothing for nothing', [], []],
    [
      'a file of two entries goes once, for both',
      [damage([step('unlink', 'a')]), damage([step('unlink', 'a')])],
      ['unlink a for 0 1'],
    ],
    [
      'a file inside a directory that goes, goes with it',
      [damage([step('unlink', 'a/b')]), damage([step('trash', 'a')])],
      ['trash a for 1 0'],
    ],
    [
      'the outermost directory goes for all that are inside it',
      [
        damage([step('trash', 'a/b')]),
        damage([step('trash', 'a/b/c')]),
        damage([step('trash', 'a')]),
      ],
      ['trash a for 2 0 1'],
    ],
    [
      'a directory that only a name begins with is another',
      [damage([step('trash', 'a')]), damage([step('unlink', 'ab')])],
      ['trash a for 0', 'unlink ab for 1'],
    ],
    [
      'so is one further down',
      [damage([step('trash', 'x/a')]), damage([step('unlink', 'x/ab')])],
      ['trash x/a for 0', 'unlink x/ab for 1'],
    ],
    [
      'what lies below a file that goes is none of its own',
      [damage([step('unlink', 'a')]), damage([step('unlink', 'a/b')])],
      ['unlink a for 0', 'unlink a/b for 1'],
    ],
    [
      'first phases come before second ones',
      [damage([step('unlink', 'b')], [step('unlink', 'c')]), damage([step('unlink', 'd')])],
      ['unlink b for 0', 'unlink d for 1', 'unlink c for 0'],
    ],
  ])('%s', (_, damages, expected) => expect(shown(...damages)).toEqual(expected))

  test('remove every path once, directly or with a parent directory, for each entry', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 })
    const directory = names.map((all) => step('trash', all.join('/')))
    const file = names.map((all) => step('unlink', [...all, 'file'].join('/')))
    const any = fc.oneof(directory, file)
    const damages = fc.array(
      fc.array(fc.array(any, { maxLength: 3 }), { maxLength: 2 }).map((all) => damage(...all)),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(damages, (all) => {
        const { steps, owners } = planFix(all)
        expect(owners).toHaveLength(steps.length)
        expect(new Set(steps.map((one) => one.path)).size).toBe(steps.length)
        for (const [index, { phases }] of all.entries()) {
          for (const wanted of phases.flat()) {
            const covering = steps.flatMap((one, i) => {
              const isAbove = one.action === 'trash' && wanted.path.startsWith(`${one.path}/`)
              return isAbove || one.path === wanted.path ? [i] : []
            })
            expect(covering).not.toEqual([])
            expect(covering.some((i) => owners[i]?.includes(index))).toBe(true)
          }
        }
        const trashed = steps.filter((one) => one.action === 'trash')
        for (const one of steps)
          expect(trashed.filter((each) => one.path.startsWith(`${each.path}/`))).toEqual([])
      }),
    )
  })
})
