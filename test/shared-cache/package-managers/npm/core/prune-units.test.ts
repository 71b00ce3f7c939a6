import { describe, expect, test } from 'vitest'
import { npmUnits } from '../../../../../src/shared-cache/package-managers/npm/core/prune-units'
import { npxIn, usesNpx } from '../../../../../src/shared-cache/package-managers/npm/core/npx'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { collectUnits, DAY, directory, entry, NOW } from '../../../../support/entries'

const BLOB = `_cacache/content-v2/sha512/b1/34/${'9f'.repeat(62)}`
const ID = '_cacache/content-v2/sha512/b1349f9f9f9f9'
const BUCKET = `_cacache/index-v5/fb/84/${'7a'.repeat(30)}`

const unitsOf = (entries: readonly Entry[]) =>
  collectUnits((loose) => npmUnits(NOW, loose), entries)

describe('units of npm', () => {
  test('a blob of content, with the age of its last read', () => {
    expect(unitsOf([entry(BLOB)])).toMatchObject([
      { id: ID, label: 'content', bytes: 4096, lastUsed: NOW - 100 * DAY, inUse: false, needs: [] },
    ])
  })

  test('blobs are removed before index entries', () => {
    const steps = orderSteps(unitsOf([entry(BUCKET), entry(BLOB)])).map(({ step }) => step)
    expect(steps.map(({ path }) => path)).toEqual([BLOB, BUCKET])
    expect(steps.every(({ action }) => action === 'unlink')).toBe(true)
  })

  test.each([
    ['_cacache/_lastverified'],
    ['_Upper/x'],
    ['a/b/_npx/x'],
    ['CACHEDIR.TAG'],
    ['.trash-1-2/0/_cacache/content-v2/sha512/b1/34/9f'],
    ['_cacache/content-v2/sha512/b1/34/../../x'],
    ['_cacache/content-v2/sha512/b1/34/9f\n'],
    ['_cacache/index-v5/fb/84/7a/deeper'],
  ])('%j is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test.each<Entry['type']>(['directory', 'link', 'other'])(
    'a %s instead of a blob is not a unit',
    (type) => expect(unitsOf([entry(BLOB, { type })])).toEqual([]),
  )

  test('leftovers of a killed install are removed once no install can be using them', () => {
    const units = unitsOf([
      directory('_cacache/tmp'),
      directory('_cacache/tmp/1a2b3c'),
      entry('_cacache/tmp/1a2b3c/package.tgz'),
      entry('_cacache/tmp/fresh', { modified: NOW - DAY, accessed: NOW - DAY }),
    ])
    expect(units.map(({ id, bytes, inUse }) => [id, bytes, inUse])).toEqual([
      ['_cacache/tmp/fresh', 4096, true],
      ['_cacache/tmp/1a2b3c', 8192, false],
    ])
  })

  test.each([
    ['_logs/2026-11-21T13_04_57_347Z-debug-0.log', '2026-11-21T13_04_57_347Z-debug-0.log'],
    ['_prebuilds/0a1b-sharp-v0.33.tar.gz', '0a1b-sharp-v0.33.tar.gz'],
    ['_update-notifier-last-checked', '_update-notifier-last-checked'],
    ['anonymous-cli-metrics.json', 'anonymous-cli-metrics.json'],
    ['musl/_update-notifier-last-checked', '_update-notifier-last-checked'],
  ])('%s, which counts towards the budget', (path, label) =>
    expect(unitsOf([entry(path)])).toMatchObject([{ id: path, label, inUse: false }]),
  )

  test('an index and content of another system than that of the machine', () =>
    expect(unitsOf([entry(`musl/${BLOB}`), entry(`musl/${BUCKET}`)])).toHaveLength(2))
})

describe('what npx installed', () => {
  const ID = '0123456789abcdef'
  const installed = (path: string, used = NOW - 100 * DAY) => [
    directory(path, { modified: used }),
    entry(`${path}/package.json`, { modified: used, accessed: used }),
    directory(`${path}/node_modules`),
    directory(`${path}/node_modules/.bin`),
    entry(`${path}/node_modules/.bin/cowsay`, { type: 'link' }),
  ]

  test.each([`_npx/${ID}`, `musl/_npx/${ID}`])('goes as a whole, by its last use: %s', (path) => {
    const parent = directory(path.slice(0, -ID.length - 1))
    expect(unitsOf([parent, ...installed(path)])).toMatchObject([
      {
        ...{ id: path, label: 'npx cowsay', bytes: 5 * 4096, lastUsed: NOW - 100 * DAY },
        ...{ inUse: false, phases: [[{ action: 'trash', path }]] },
      },
    ])
  })

  test('stays for a day', () =>
    expect(unitsOf(installed(`_npx/${ID}`, NOW - DAY))).toMatchObject([{ inUse: true }]))

  test.each([
    [ID, true],
    ['fedcba9876543210', false],
  ])('stays while a process runs from it: %s', (running, inUse) =>
    expect(
      collectUnits(
        (loose) => npmUnits(NOW, loose, () => new Set([running])),
        installed(`_npx/${ID}`),
      ),
    ).toMatchObject([{ inUse }]),
  )
})

describe('a process', () => {
  test.each([
    ['node /root/.cache/npm/_npx/0123456789abcdef/node_modules/.bin/serve', ['0123456789abcdef']],
    ['/c/_npx/0123456789abcdef/node_modules/a/biome', ['0123456789abcdef']],
    ['node /app/server.js', []],
    ['vi /notes/_npx/todo.txt', []],
  ])('%s runs from %j', (line, hashes) => expect(npxIn(line.replaceAll(' ', '\0'))).toEqual(hashes))

  test.each([
    ['npm exec cowsay hello', true],
    ['node /usr/local/bin/npx -y cowsay', true],
    ['/usr/bin/npx cowsay', true],
    ['node /usr/lib/node_modules/npm/bin/npx-cli.js cowsay', true],
    ['node /usr/local/bin/npm exec -- cowsay', true],
    ['npm x cowsay', true],
    ['node /root/.cache/npm/_npx/0123456789abcdef/node_modules/.bin/serve', true],
    ['npm install', false],
    ['node /usr/local/bin/npm ci', false],
    ['node /app/npx.test.js', false],
    ['', false],
  ])('%j may use _npx: %s', (line, uses) => {
    const title = line.startsWith('npm exec') ? line : line.replaceAll(' ', '\0')
    expect(usesNpx(title)).toBe(uses)
  })
})
