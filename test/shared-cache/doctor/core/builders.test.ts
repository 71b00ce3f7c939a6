import { describe, expect, test } from 'vitest'
import { checkBuilders } from '../../../../src/shared-cache/doctor/core/builders'

const built = (...builders: string[]) =>
  builders.map((builder, index) => ({ app: `app${index}`, builder }))

describe('builders that cannot be given the shared caches', () => {
  test.each([
    ['railpack', 'warn', 'railpack keeps its caches, one for all apps', null],
    ['lambda', 'warn', 'the lambda builder takes no caches', null],
    ['nixpacks', 'warn', 'which Dokku empties every night', 'nightly-prune budget'],
  ])('%s: %s, %s', (builder, status, text, remedy) => {
    const [finding, ...more] = checkBuilders(built(builder, 'dockerfile', builder), 'dokku')
    expect(more).toEqual([])
    expect(finding).toMatchObject({ name: 'builders', status })
    expect(finding?.text).toContain(text)
    expect(finding?.text).toMatch(/: app0, app2$/)
    if (remedy === null) expect(finding?.remedy).toBeNull()
    else expect(finding?.remedy).toContain(remedy)
  })

  test.each(['budget', 'off'] as const)(
    'nixpacks is well where the nightly prune is %s',
    (nightly) => {
      expect(checkBuilders(built('nixpacks'), nightly)).toMatchObject([
        { status: 'ok', remedy: null },
      ])
    },
  )

  test('nothing is said of others', () => {
    expect(checkBuilders(built('', 'dockerfile', 'herokuish', 'pack'), 'dokku')).toEqual([])
  })
})
