import { describe, expect, test } from 'vitest'
import { bunUnits } from '../../../../src/shared-cache/package-managers/bun/core/prune-units'
import { composerUnits } from '../../../../src/shared-cache/package-managers/composer/core/prune-units'
import { yarnUnits } from '../../../../src/shared-cache/package-managers/yarn/core/prune-units'
import { collectUnits, DAY, directory, entry, NOW } from '../../../support/entries'

const MAKERS = { bun: bunUnits, composer: composerUnits, yarn: yarnUnits }

describe('units that need no other', () => {
  test.each<[keyof typeof MAKERS, string, string]>([
    [
      'yarn',
      'cache/left-pad-npm-1.3.0-0382e69409-10c0.zip',
      'left-pad-npm-1.3.0-0382e69409-10c0.zip',
    ],
    ['yarn', 'metadata/npm/a3cd44/registry.yarnpkg.com/left-pad.json', 'left-pad.json'],
    ['yarn', 'index/ab/0a1b.dat', '0a1b.dat'],
    ['bun', 'ef1eda6a08a92d3f.npm', 'ef1eda6a08a92d3f.npm'],
    ['composer', 'files/acme/lib/abc.zip', 'acme/lib/abc.zip'],
    ['composer', 'repo/http---localhost/packages.json', 'http---localhost/packages.json'],
  ])('%s: %s', (cache, id, label) => {
    const of = (days: number) =>
      collectUnits(
        () => MAKERS[cache](NOW),
        [entry(id, { accessed: NOW - days * DAY, modified: NOW - 100 * DAY })],
      )
    expect(of(90)).toMatchObject([
      {
        id,
        cache,
        label,
        lastUsed: NOW - 90 * DAY,
        inUse: false,
        phases: [[{ action: 'unlink' }]],
      },
    ])
    expect(of(1)).toMatchObject([{ inUse: true }])
  })

  test.each<[keyof typeof MAKERS, string]>([
    ['bun', 'left-pad@1.3.0@@@1'],
    ['bun', '@biomejs/biome@1.9.4@@@1'],
    ['bun', '@GH@owner-name-0a1b@@@1'],
    ['composer', 'vcs/https---github.com-acme-lib'],
  ])('%s: %s, as a whole', (cache, id) => {
    const all = [directory(id, { modified: NOW - 90 * DAY }), entry(`${id}/file`)]
    expect(collectUnits(() => MAKERS[cache](NOW), all)).toMatchObject([
      { id, label: expect.stringContaining(id.replace('vcs/', '')) as string, bytes: 8192 },
    ])
    const young = [directory(id, { modified: NOW - DAY })]
    expect(collectUnits(() => MAKERS[cache](NOW), young)).toMatchObject([{ inUse: true }])
  })

  test.each<[keyof typeof MAKERS, string]>([
    ['yarn', 'CACHEDIR.TAG'],
    ['yarn', 'other/x.zip'],
    ['yarn', 'cache/a\nb.zip'],
    ['bun', 'notes.npm'],
    ['composer', 'files/acme/.htaccess'],
    ['composer', '.htaccess'],
  ])('%s: %j is none', (cache, path) =>
    expect(collectUnits(() => MAKERS[cache](NOW), [entry(path)])).toEqual([]),
  )

  test('bun: its links are none, and a scope is not one package', () =>
    expect(
      collectUnits(
        () => bunUnits(NOW),
        [
          directory('@biomejs'),
          directory('@biomejs/biome'),
          entry('@biomejs/biome/1.9.4@@@1', { type: 'link' }),
        ],
      ),
    ).toEqual([]))
})
