import { describe, expect, test } from 'vitest'
import { checkBuilders } from '../../../../src/shared-cache/doctor/core/builders'

const built = (...builders: string[]) =>
  builders.map((builder, index) => ({ app: `app${index}`, builder }))

describe('builders that cannot use the shared caches', () => {
  test.each([
    ['railpack', 'warn', 'railpack builds do not use the shared caches', null],
    ['lambda', 'warn', 'lambda builds do not use the shared caches', null],
    ['nixpacks', 'warn', 'which Dokku prunes every night', 'nightly-prune budget'],
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
    'nixpacks is ok with nightly-prune set to %s',
    (nightly) => {
      expect(checkBuilders(built('nixpacks'), nightly)).toMatchObject([
        { status: 'ok', remedy: null },
      ])
    },
  )

  test('other builders have no finding', () => {
    expect(checkBuilders(built('', 'dockerfile', 'herokuish', 'pack'), 'dokku')).toEqual([])
  })
})
