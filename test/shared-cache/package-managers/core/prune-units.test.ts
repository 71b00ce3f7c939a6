import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  PRUNABLE,
  unitMakerOf,
} from '../../../../src/shared-cache/package-managers/core/prune-units'
import { makeTally } from '../../../../src/shared-cache/package-managers/core/usage'
import type { Entry } from '../../../../src/foundation/core/entry'
import { collectUnits, entry, NOW } from '../../../support/entries'

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
const name = fc.oneof(
  fc.constantFrom('_cacache', 'content-v2', 'sha512', 'index-v5', 'tmp', 'http-v2', 'wheels', '..'),
  fc.constantFrom('.', '', 'a\nb', '.trash-1-2', 'registry', 'src', 'archive-v0', 'chromium-1'),
  hex(1),
  hex(2),
  hex(50),
  hex(56),
)
const of = (...parts: (string | fc.Arbitrary<string>)[]) =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((names) => names.join(''))
const split = fc.array(fc.constantFrom('a', 'b'), { minLength: 5, maxLength: 5 })
const http = fc
  .tuple(split, hex(51), fc.constantFrom('', '.body', '.bodyx.tmp', '.tmp'))
  .map(([head, rest, end]) => `http-v2/${head.join('/')}/${head.join('')}${rest}${end}`)
const real = fc.oneof(
  of('_cacache/content-v2/sha512/', hex(2), '/', hex(2), '/', hex(124)),
  of('_cacache/index-v5/', hex(2), '/', hex(2), '/', hex(60)),
  of('_cacache/tmp/', hex(2)),
  of('_cacache/tmp/', hex(2), '/', hex(1)),
  http,
  of('wheels/aa/bb/cc/', 'd'.repeat(50)),
  of(
    fc.constantFrom('chromium-', 'webkit-'),
    hex(1),
    fc.constantFrom('', '/INSTALLATION_COMPLETE'),
  ),
  of('registry/src/reg/crate-', hex(1), fc.constantFrom('', '/.cargo-ok', '/src/lib.rs')),
  of('registry/cache/reg/crate-', hex(1), '.crate'),
  of('git/db/dep-', hex(1), fc.constantFrom('', '/HEAD')),
  of('git/checkouts/dep-', hex(1), '/', hex(2), fc.constantFrom('', '/.cargo-ok')),
  of('archive-v0/', hex(1), fc.constantFrom('', '/six.py')),
  of('wheels-v8/pypi/six/', hex(1), fc.constantFrom('', '.http', '.msgpack', '.lock')),
  of('sdists-v11/pypi/six/1.', hex(1), fc.constantFrom('', '/abc', '/abc/six')),
  of('simple-v28/pypi/', hex(1), '.rkyv'),
  of('wheels/aa/bb/cc/', 'd'.repeat(50), '/', hex(1), '.whl'),
)
const anything = fc.oneof(
  real,
  fc.array(name, { maxLength: 8 }).map((names) => names.join('/')),
)
const type = fc.constantFrom<Entry['type'][]>('file', 'file', 'directory', 'link', 'other')
const entries = fc
  .uniqueArray(fc.tuple(anything, type), { selector: ([path]) => path, maxLength: 30, size: 'max' })
  .map((all) =>
    all
      .map(([path, kind]) =>
        entry(path, {
          type: kind,
          links: 1,
          target: kind === 'link' ? '../../../archive-v0/a' : '',
        }),
      )
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  )

describe.each(PRUNABLE)('units of any files in a cache of %s', (cache) => {
  const neededBrowsers = () => new Set(['chromium-2'])
  const make = unitMakerOf(cache)
  const unitsOf = (all: readonly Entry[]) =>
    collectUnits((loose) => make({ now: NOW, neededBrowsers, loose }), all)

  test('count no byte twice, and only existing ones', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const tally = makeTally()
        for (const each of all) tally.add(each)
        const bytes = unitsOf(all).reduce((sum, unit) => sum + unit.bytes, 0)
        expect(bytes).toBeLessThanOrEqual(tally.total(true).bytes)
      }),
    )
  })

  test('have unique ids, and needs that are units', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const units = unitsOf(all)
        const ids = new Set(units.map(({ id }) => id))
        expect(ids.size).toBe(units.length)
        for (const unit of units) for (const id of unit.needs) expect(ids).toContain(id)
      }),
    )
  })

  test('remove only entries as they were seen, and stay below the cache', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const seen = new Map(all.map((each) => [each.path, each]))
        for (const step of unitsOf(all).flatMap((unit) => unit.phases.flat())) {
          expect(step.path).not.toMatch(/(^|\/)\.{0,2}(\/|$)/)
          if (step.action === 'tidy') continue
          expect(seen.get(step.path)?.identity).toBe(step.identity)
          expect(seen.get(step.path)?.type).not.toBe('other')
        }
      }),
    )
  })
})

test('every cache that is offered can be pruned', () =>
  expect([...PRUNABLE].sort()).toEqual(CATALOGUE.map(({ name }) => name).sort()))

test.each(['maven', 'toString'])('the cache %s cannot be pruned', (cache) => {
  expect(() => unitMakerOf(cache)).toThrow(`The cache ${cache} cannot be pruned`)
})
