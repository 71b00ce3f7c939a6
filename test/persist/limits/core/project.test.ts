import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIRST_PROJECT, isOurProject, projectId } from '../../../../src/persist/limits/core/project'

describe('a project ID', () => {
  const names = fc.stringMatching(/^[a-z0-9-]{1,45}$/)

  test('depends on the name alone, and is far above those of people', () => {
    expect(projectId('shop-data', new Set())).toBe(projectId('shop-data', new Set([1, 2])))
    expect(projectId('shop-data', new Set())).not.toBe(projectId('shop-logs', new Set()))
    fc.assert(
      fc.property(names, (name) => {
        const id = projectId(name, new Set())
        expect(isOurProject(id)).toBe(true)
        expect(id).toBeLessThan(2 ** 31)
        expect(id).toBeGreaterThanOrEqual(FIRST_PROJECT)
      }),
    )
  })

  test('is never one that another volume has', () => {
    fc.assert(
      fc.property(names, fc.nat(20), fc.array(fc.nat()), (name, near, others) => {
        const first = projectId(name, new Set())
        const taken = new Set([...others, ...Array.from({ length: near }, (_, i) => first + i)])
        const id = projectId(name, taken)
        expect(taken.has(id)).toBe(false)
        expect(isOurProject(id)).toBe(true)
      }),
    )
  })
})
