import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { KnownError } from '../../../../src/foundation/core/errors'
import { gcConflicts, withGc } from '../../../../src/shared-cache/buildkit/core/gc'

const GB = 1e9
/** The defaults of a host: a fifth of its disk, a tenth free. */
const BUDGETS = { maxBytes: 20 * GB, minFree: 10 * GB, diskBytes: 100 * GB }

const gc = (rules: unknown) => JSON.stringify({ builder: { gc: rules } })
const policy = (...rules: object[]) => gc({ enabled: true, policy: rules })

describe("Docker's own rules", () => {
  test.each<[string, string, string, RegExp[]]>([
    [
      'defaults of 28.5: a fifth of the disk is kept free',
      '',
      '28.5.2',
      [/keeps 20\.0 GB of the disk free/],
    ],
    ['defaults from 29.6 on', '', '29.6.0', [/cache mounts .* 48 hours/, /keeps 20\.0 GB/]],
    ['defaults of 30.0', '{}', '30.0.1', [/48 hours/, /free/]],
    ['defaults of 29.5', '{}', '29.5.3', [/free/]],
    ['switched off', gc({ enabled: false }), '29.6.0', []],
    ['defaults before 28 are not known', '', '20.10.24+dfsg1', []],
    [
      'defaultKeepStorage before 28',
      gc({ enabled: true, defaultKeepStorage: '10GB' }),
      '27.1.0',
      [/keeps at most 10\.7 GB/],
    ],
    [
      'limits beyond the budgets',
      gc({ defaultMaxUsedSpace: '50GB', defaultMinFreeSpace: '5GB' }),
      '28.5.2',
      [],
    ],
    [
      'a limit before the budget',
      gc({ defaultMaxUsedSpace: '5GB', defaultMinFreeSpace: '5GB' }),
      '28.5.2',
      [/keeps at most 5\.4 GB/],
    ],
    ['a rule replaces the defaults', policy({ all: true, maxUsedSpace: '30GB' }), '29.6.0', []],
    [
      'a rule in bytes',
      policy({ all: true, maxUsedSpace: 5 * GB }),
      '29.6.0',
      [/keeps at most 5\.0 GB/],
    ],
    ['an older rule', policy({ keepStorage: '1GB' }), '28.5.2', [/keeps at most 1\.1 GB/]],
    [
      'a rule for what is idle',
      policy({ keepStorage: '1GB', filter: ['unused-for=48h'] }),
      '28.5.2',
      [/for 48h/],
    ],
    [
      'a rule with type!=',
      policy({ maxUsedSpace: '90GB', filter: ['type!=exec.cachemount'] }),
      '28.5.2',
      [/applies to all types/],
    ],
    [
      'a rule of two types',
      policy({ maxUsedSpace: '90GB', filter: ['type=regular', 'type=internal'] }),
      '28.5.2',
      [/does not start/],
    ],
    ['a size that is none', policy({ maxUsedSpace: 'lots' }), '28.5.2', []],
    ['what is no rule', gc({ policy: [null, 5, 'x'] }), '28.5.2', []],
    ['other settings', '{"features":{"cdi":true},"builder":5}', '28.5.2', [/free/]],
  ])('%s', (_, daemon, engine, expected) => {
    const conflicts = gcConflicts(daemon, engine, BUDGETS)
    expect(conflicts).toHaveLength(expected.length)
    for (const [i, pattern] of expected.entries()) expect(conflicts[i]).toMatch(pattern)
  })

  test.each(['{', '[]', 'null', '5', '"x"'])('a daemon.json with %s is invalid', (daemon) => {
    expect(() => gcConflicts(daemon, '28.5.2', BUDGETS)).toThrow(KnownError)
    expect(() => withGc(daemon, '28.5.2', 1, 1)).toThrow(KnownError)
  })

  it('do not conflict with a budget that is not set', () => {
    expect(gcConflicts('', '28.5.2', { ...BUDGETS, maxBytes: null, minFree: null })).toEqual([])
  })
})

describe('the rule that is written', () => {
  test.each([
    [
      '28.5.2',
      20 * GB,
      10 * GB,
      { all: true, maxUsedSpace: '20000000000', minFreeSpace: '10000000000' },
    ],
    ['29.6.0', 20 * GB, 0, { all: true, maxUsedSpace: '20000000000' }],
    ['20.10.24+dfsg1', 20 * GB, 10 * GB, { all: true, keepStorage: '20000000000' }],
  ])('for %s', (engine, max, minFree, rule) => {
    const { builder } = JSON.parse(withGc('', engine, max, minFree)) as { builder: unknown }
    expect(builder).toEqual({ gc: { enabled: true, policy: [rule] } })
  })

  it('keeps all other settings', () => {
    const daemon =
      '{"features":{"cdi":true},"builder":{"entitlements":{"x":1},"gc":{"enabled":false}}}'
    const { builder, ...rest } = JSON.parse(withGc(daemon, '28.5.2', 5, 0)) as Record<
      string,
      object
    >
    expect(rest).toEqual({ features: { cdi: true } })
    expect(builder).toMatchObject({ entitlements: { x: 1 } })
  })

  it('leaves no conflict, and is the same when written again', () => {
    const bytes = fc.integer({ min: 1, max: 1e13 })
    const engine = fc.constantFrom('20.10.24', '27.5.1', '28.0.0', '28.5.2', '29.6.0', '30.1.0')
    fc.assert(
      fc.property(engine, bytes, fc.nat(1e13), (version, max, minFree) => {
        const written = withGc('{"debug":true}', version, max, minFree)
        const budgets = { maxBytes: max, minFree, diskBytes: 1e13 }
        expect(gcConflicts(written, version, budgets)).toEqual([])
        expect(withGc(written, version, max, minFree)).toBe(written)
      }),
    )
  })
})

describe('a rule that is no stricter than the budget is no conflict', () => {
  const GB_TEXT = (gigabytes: number) => String(gigabytes * GB)
  test.each<[string, object, number]>([
    ['the same size', { maxUsedSpace: GB_TEXT(20) }, 0],
    ['a byte less', { maxUsedSpace: String(20 * GB - 1) }, 1],
    ['the same free space', { maxUsedSpace: GB_TEXT(99), minFreeSpace: GB_TEXT(10) }, 0],
    ['a byte more free', { maxUsedSpace: GB_TEXT(99), minFreeSpace: String(10 * GB + 1) }, 1],
    ['both', { maxUsedSpace: GB_TEXT(1), minFreeSpace: GB_TEXT(50) }, 2],
    ['a rule without limits', { all: true }, 0],
    ['a rule of one type', { maxUsedSpace: GB_TEXT(99), filter: ['type=regular'] }, 0],
    ['a filter that is no list', { maxUsedSpace: GB_TEXT(99), filter: 'unused-for=1h' }, 0],
    ['an idle rule that keeps less', { maxUsedSpace: GB_TEXT(1), filter: ['unused-for=1h'] }, 1],
  ])('%s', (_, rule, count) =>
    expect(gcConflicts(policy(rule), '28.5.2', BUDGETS)).toHaveLength(count),
  )

  test('each conflict is named once, whatever the number of rules', () => {
    const rule = { maxUsedSpace: GB_TEXT(1) }
    expect(gcConflicts(policy(rule, rule), '28.5.2', BUDGETS)).toHaveLength(1)
  })
  test("a host with Docker's own budgets has none", () => {
    const budgets = { maxBytes: 80 * GB, minFree: 20 * GB, diskBytes: 100 * GB }
    expect(gcConflicts('', '28.5.2', budgets)).toEqual([])
    expect(gcConflicts('', '28.5.2', { ...budgets, maxBytes: 81 * GB })).toHaveLength(1)
    expect(gcConflicts('', '28.5.2', { ...budgets, minFree: 19 * GB })).toHaveLength(1)
  })
  test.each<[string, string, number]>([
    ['1KB', '1.0 GB', 1024],
    ['1k', '', 1024],
    ['2 MB', '', 2 * 2 ** 20],
    ['1GiB', '', 2 ** 30],
    ['1.5T', '', 1.5 * 2 ** 40],
    ['512', '', 512],
  ])('a size of %s is in powers of 1024', (text, _, bytes) => {
    const at = (maxBytes: number) =>
      gcConflicts(policy({ maxUsedSpace: text }), '28.5.2', { ...BUDGETS, maxBytes })
    expect([at(bytes), at(bytes + 1).length]).toEqual([[], 1])
  })
  test.each([
    ['27.9.9', true],
    ['28.0.0', false],
    ['28', false],
    ['100.1.0', false],
    ['9.9.9', true],
  ])('Engine %s has the older rule: %s', (engine, older) => {
    const { builder } = JSON.parse(withGc('', engine, 5, 5)) as {
      builder: { gc: { policy: object[] } }
    }
    expect(Object.keys(builder.gc.policy[0] ?? {}).includes('keepStorage')).toBe(older)
  })
})
