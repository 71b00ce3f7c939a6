import { expect, test } from 'vitest'
import type { AppState, Seen, CopiedPlace } from '../../../../src/shared-cache/apps/core/app'
import { planApp } from '../../../../src/shared-cache/apps/core/plan'
import { parseSeen } from '../../../../src/shared-cache/apps/core/record'
import { hiddenImageFiles } from '../../../../src/shared-cache/apps/core/image-files'
import { wantedFor } from '../../../../src/shared-cache/apps/core/wanted'
import { ROOT, appState, rootImage } from '../../../support/app-state'

const SYSTEM = 'debian-12-amd64-glibc'

const TAKEN: CopiedPlace = {
  place: '/root/.cache/ms-playwright',
  room: `playwright@${SYSTEM}`,
  modified: '2026-01-02T03:04:05.6Z',
  needed: ['chromium-1187'],
}

const image: Seen = { ...rootImage, system: SYSTEM }

const imageFilesOf = (...holds: readonly string[]): Seen => ({ ...image, holds })

const state = (over: Partial<AppState> = {}) => appState({ seen: image, ...over })

test.each<[string, Partial<CopiedPlace>, boolean]>([
  ['are in the cache too', {}, true],
  ['are in the cache of another system', { room: 'playwright@debian-11-amd64-glibc' }, false],
  ['of another place are in the cache', { place: '/ms-playwright' }, false],
])('browsers that %s are hidden: %j', (_, over, given) => {
  const holds = [TAKEN.place]
  const seen = { ...image, holds, taken: [{ ...TAKEN, ...over }] }
  const { notes, given: record } = planApp(state({ seen }), ROOT, true)
  const value = record?.env['PLAYWRIGHT_BROWSERS_PATH']
  expect(value).toBe(given ? `${TAKEN.place}/${SYSTEM}` : undefined)
  expect(notes.map(({ why }) => why)).toEqual(given ? [] : ['image-files'])
})

test.each<[string, Partial<AppState>, readonly (readonly [string, string])[]]>([
  [
    'browsers of root',
    { seen: imageFilesOf('/root/.cache/ms-playwright') },
    [['', `playwright@${SYSTEM}`]],
  ],
  [
    'browsers of another',
    { seen: imageFilesOf('/app/.cache/ms-playwright') },
    [['', `playwright@${SYSTEM}`]],
  ],
  ['crates', { seen: imageFilesOf('/root/.cargo/registry') }, [['registry', 'cargo']]],
  [
    'crates where the image has its home',
    {
      seen: {
        ...imageFilesOf('/usr/local/cargo/registry', '/usr/local/cargo/git'),
        env: { CARGO_HOME: '/usr/local/cargo' },
      },
    },
    [
      ['registry', 'cargo'],
      ['git', 'cargo'],
    ],
  ],
  ['pip', { seen: imageFilesOf('/root/.cache/pip') }, [['', `pip@${SYSTEM}`]]],
  ['what no mount hides', { seen: { ...imageFilesOf('/root/.cache/pip'), user: 'app' } }, []],
  [
    'browsers where the app says itself where they are',
    { seen: imageFilesOf('/root/.cache/ms-playwright'), env: { PLAYWRIGHT_BROWSERS_PATH: '0' } },
    [],
  ],
  [
    'browsers where the image says so',
    {
      seen: {
        ...imageFilesOf('/ms-playwright'),
        env: { PLAYWRIGHT_BROWSERS_PATH: '/ms-playwright' },
      },
    },
    [],
  ],
  [
    'browsers of an app in a group',
    {
      seen: imageFilesOf('/root/.cache/ms-playwright'),
      settings: { ...state().settings, group: 'private' },
    },
    [['', `private:playwright@${SYSTEM}`]],
  ],
])('what would have to be copied: %s', (_, over, places) => {
  const held = hiddenImageFiles(state(over), ROOT, wantedFor(state(over), ROOT))
  expect(held.map(({ within, room }) => [within, room])).toEqual(places)
})

test('what was taken is remembered; a record that is damaged is taken again', () => {
  const text = (taken: unknown) => JSON.stringify({ ...image, taken })
  expect(parseSeen('web', text([TAKEN]))?.taken).toEqual([TAKEN])
  for (const damaged of ['x', [1], [{ ...TAKEN, room: 1 }], [{ ...TAKEN, needed: 'x' }], undefined])
    expect(parseSeen('web', text(damaged))?.taken).toEqual([])
})
