import { describe, expect, test } from 'vitest'
import { goUnits } from '../../../../../src/shared-cache/package-managers/go/core/prune-units'
import { orderSteps } from '../../../../../src/shared-cache/package-managers/core/steps'
import type { Entry } from '../../../../../src/foundation/core/entry'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

const DOWNLOADS = 'mod/cache/download/github.com/!burnt!sushi/toml/@v'
const SOURCE = 'mod/github.com/!burnt!sushi/toml@v1.3.2'
const HASH = 'b1fd482322e4e5138c6fc87e804d83dbc1b2a02b3ac5e94e6ff127c9d65d6fed'
const BUILT = `debian-12-amd64-glibc/build/b1/${HASH}`

function unitsOf(entries: readonly Entry[]) {
  const maker = goUnits(NOW)
  for (const each of entries) maker.add(each)
  return maker.units()
}

const MODULE = [
  ...['info', 'mod', 'zip', 'ziphash'].map((end) => entry(`${DOWNLOADS}/v1.3.2.${end}`)),
  directory(SOURCE),
  entry(`${SOURCE}/toml.go`),
  directory(`${SOURCE}/internal`),
  entry(`${SOURCE}/internal/x@v1.go`),
]

describe('units of Go', () => {
  test('a module is its source and its downloads', () => {
    const units = unitsOf(MODULE)
    expect(units).toMatchObject([
      {
        id: 'mod/github.com/!burnt!sushi/toml@v1.3.2',
        cache: 'go',
        label: 'github.com/BurntSushi/toml@v1.3.2',
        lastUsed: NOW - 100 * DAY,
        inUse: false,
      },
    ])
    expect(units[0]?.bytes).toBe(8 * 4096)
  })

  test('the source is removed first and as a whole, the lock is kept', () => {
    const steps = orderSteps(unitsOf([...MODULE, entry(`${DOWNLOADS}/v1.3.2.lock`)]))
    expect(steps.map(({ step }) => `${step.action} ${step.path}`)).toEqual([
      `trash ${SOURCE}`,
      ...['info', 'mod', 'zip', 'ziphash'].map((end) => `unlink ${DOWNLOADS}/v1.3.2.${end}`),
    ])
  })

  test('each version is separate, and a major version is a separate module', () => {
    const units = unitsOf([
      entry(`${DOWNLOADS}/v1.3.2.mod`),
      entry(`${DOWNLOADS}/v1.3.3.mod`),
      entry('mod/cache/download/example.com/a/v2/@v/v2.0.0.mod'),
      directory('mod/gotest.tools@v2.2.0+incompatible'),
    ])
    expect(units.map(({ label }) => label)).toEqual([
      'github.com/BurntSushi/toml@v1.3.2',
      'github.com/BurntSushi/toml@v1.3.3',
      'example.com/a/v2@v2.0.0',
      'gotest.tools@v2.2.0+incompatible',
    ])
  })

  test('files read within the day are in use', () => {
    const read = { accessed: NOW - DAY / 2 }
    const units = unitsOf([...MODULE, entry(`${SOURCE}/new.go`, read), entry(`${BUILT}-d`, read)])
    expect(units.map(({ inUse }) => inUse)).toEqual([true, true])
  })

  test.each([
    [`${BUILT}-a`, 'built b1fd482322e4'],
    [`${BUILT}-d`, 'built b1fd482322e4'],
    [`base-0123456789abcdef/build/b1/${HASH}-d`, 'built b1fd482322e4'],
    [`build/b1/${HASH}-a`, 'built b1fd482322e4'],
    ['mod/cache/download/sumdb/sum.golang.org/tile/8/3/000.p/3', 'checksums'],
  ])('%s is a unit', (path, label) => {
    expect(unitsOf([entry(path)])).toMatchObject([
      { id: path, label, phases: [[{ action: 'unlink', path }]] },
    ])
  })

  test('a built program, and a repository, are removed as a whole', () => {
    const repository = `mod/cache/vcs/${HASH}`
    const units = unitsOf([
      directory(`${BUILT}-d`),
      entry(`${BUILT}-d/tool`),
      directory(repository),
      entry(`${repository}/HEAD`),
    ])
    expect(units).toMatchObject([
      { id: `${BUILT}-d`, phases: [[{ action: 'trash' }]] },
      { id: repository, phases: [[{ action: 'trash' }]] },
    ])
  })

  test.each([
    ['mod/cache/lock'],
    [`${DOWNLOADS}/list`],
    [`${DOWNLOADS}/v1.3.2.lock`],
    ['debian-12-amd64-glibc/build/trim.txt'],
    [`build/b1/${HASH}`],
    [`${DOWNLOADS}/v1.3.2.mod\n`],
    ['CACHEDIR.TAG'],
    [`.trash-1-2/0/${SOURCE}/toml.go`],
  ])('%j is not a unit', (path) => expect(unitsOf([entry(path)])).toEqual([]))

  test.each<Entry['type']>(['link', 'other'])('a %s instead of a file is not a unit', (type) =>
    expect(unitsOf([entry(`${BUILT}-d`, { type }), entry(SOURCE, { type })])).toEqual([]),
  )
})
