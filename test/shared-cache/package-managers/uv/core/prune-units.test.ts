import { describe, expect, test } from 'vitest'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import { uvUnits } from '../../../../../src/shared-cache/package-managers/uv/core/prune-units'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

function unitsOf(entries: readonly Entry[]) {
  const maker = uvUnits()
  for (const each of entries) maker.add(each)
  return maker.units()
}
const link = (path: string, target: string) => entry(path, { type: 'link', target, bytes: 0 })
const stepsOf = (entries: readonly Entry[]) =>
  orderSteps(unitsOf(entries)).map(({ step }) => `${step.action} ${step.path}`)

const ARCHIVE = [directory('archive-v0/abc'), entry('archive-v0/abc/six.py')]
const WHEEL = 'wheels-v8/pypi/six/1.16.0-py2.py3-none-any'
const POINTERS = [entry(`${WHEEL}.http`), entry(`${WHEEL}.msgpack`), entry(`${WHEEL}.lock`)]

describe('units of uv', () => {
  test('links to an archive are removed first, then the archive as a whole; locks are kept', () => {
    const all = [...ARCHIVE, link(WHEEL, '../../../archive-v0/abc'), ...POINTERS]
    expect(stepsOf(all)).toEqual([
      `unlink ${WHEEL}`,
      `unlink ${WHEEL}.http`,
      `unlink ${WHEEL}.msgpack`,
      'trash archive-v0/abc',
    ])
    expect(unitsOf(all)).toMatchObject([
      { id: 'archive-v0/abc', label: '1.16.0-py2.py3-none-any', bytes: 4 * 4096 },
    ])
  })

  test('looking up a wheel is a use of it, even if it is not read', () => {
    const looked = entry(`${WHEEL}.http`, { accessed: NOW - DAY })
    const units = unitsOf([...ARCHIVE, link(WHEEL, '../../../archive-v0/abc'), looked])
    expect(units[0]?.lastUsed).toBe(NOW - DAY)
  })

  test('links of older versions are absolute, by the path in the container', () => {
    const all = [...ARCHIVE, link(WHEEL, '/root/.cache/uv/archive-v0/abc')]
    expect(stepsOf(all)).toEqual([`unlink ${WHEEL}`, 'trash archive-v0/abc'])
  })

  test('files next to a missing link are removed by their own age', () => {
    expect(stepsOf(POINTERS)).toEqual([`unlink ${WHEEL}.http`, `unlink ${WHEEL}.msgpack`])
  })

  test('an archive without links is removed by its own age', () => {
    expect(unitsOf(ARCHIVE)).toMatchObject([{ lastUsed: NOW - 100 * DAY, needs: [] }])
  })

  test('an archive is kept while a source that it was built from exists', () => {
    const source = 'sdists-v11/pypi/docopt/0.6.2'
    const units = unitsOf([
      ...ARCHIVE,
      directory(source),
      entry(`${source}/revision.http`),
      directory(`${source}/x`),
      link(`${source}/x/docopt-0.6.2-py3-none-any`, '../../../../../archive-v0/abc'),
    ])
    expect(units.map(({ id, label, needs }) => [id, label, needs])).toEqual([
      ['archive-v0/abc', 'archive', []],
      [source, 'docopt 0.6.2', ['archive-v0/abc']],
    ])
  })

  test.each([
    'sdists-v9/pypi/docopt/0.6.2',
    'sdists-v9/index/b2a7eb67d4c26b82/docopt/0.6.2',
    'sdists-v9/url/1a2b3c4d',
    'sdists-v9/path/1a2b3c4d',
    'sdists-v9/git/1a2b3c4d/0123abcd',
    'debian-12-x86_64/sdists-v9/pypi/docopt/0.6.2',
  ])('the source %s is removed as a whole', (path) => {
    expect(unitsOf([directory(path), entry(`${path}/revision.http`)])).toMatchObject([{ id: path }])
  })

  test('index responses are removed by package', () => {
    expect(unitsOf([entry('simple-v28/pypi/six.rkyv')])).toMatchObject([
      { id: 'simple-v28/pypi/six.rkyv', label: 'index six.rkyv' },
    ])
  })

  test('archives of one system are separate from those of another', () => {
    const units = unitsOf([
      directory('debian-12/archive-v0/abc'),
      ...ARCHIVE,
      link(`debian-12/${WHEEL}`, '../../../archive-v0/abc'),
    ])
    const steps = units.map(({ id, phases }) => [id, phases.flat().length])
    expect(steps).toEqual([
      ['debian-12/archive-v0/abc', 2],
      ['archive-v0/abc', 1],
    ])
  })

  test.each(['.lock', 'CACHEDIR.TAG', 'interpreter-v5/a/b.msgpack', `${WHEEL}.lock`])(
    '%s is not a unit',
    (path) => expect(unitsOf([entry(path)])).toEqual([]),
  )
})
