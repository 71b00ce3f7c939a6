import { describe, expect, test } from 'vitest'
import type { AppState, Seen, CopiedPlace } from '../../../../src/shared-cache/apps/core/app'
import { planApp } from '../../../../src/shared-cache/apps/core/plan'
import { formatSeen, parseSeen } from '../../../../src/shared-cache/apps/core/record'
import { hiddenImageFiles } from '../../../../src/shared-cache/apps/core/image-files'
import { wantedFor } from '../../../../src/shared-cache/apps/core/wanted'
import { ROOT, appState, rootImage } from '../../../support/app-state'

const SYSTEM = 'debian-12-amd64-glibc'

const COPIED: CopiedPlace = {
  place: '/root/.cache/ms-playwright',
  directory: `playwright@${SYSTEM}`,
  modified: '2026-01-02T03:04:05.6Z',
  needed: ['chromium-1187'],
}

const image: Seen = { ...rootImage, system: SYSTEM }

const imageFilesOf = (...places: readonly string[]): Seen => ({ ...image, places })

const state = (over: Partial<AppState> = {}) => appState({ seen: image, ...over })

test.each<[string, Partial<CopiedPlace>, boolean]>([
  ['are in the cache too', {}, true],
  ['are in the cache of another system', { directory: 'playwright@debian-11-amd64-glibc' }, false],
  ['of another place are in the cache', { place: '/ms-playwright' }, false],
])('browsers that %s are hidden: %j', (_, over, given) => {
  const places = [COPIED.place]
  const seen = { ...image, places, copied: [{ ...COPIED, ...over }] }
  const { notes, given: record } = planApp(state({ seen }), ROOT, true)
  const value = record?.env['PLAYWRIGHT_BROWSERS_PATH']
  expect(value).toBe(given ? `${COPIED.place}/${SYSTEM}` : undefined)
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
])('files to copy: %s', (_, over, places) => {
  const hidden = hiddenImageFiles(state(over), ROOT, wantedFor(state(over), ROOT))
  expect(hidden.map(({ within, directory }) => [within, directory])).toEqual(places)
})

describe('the record of copied files', () => {
  const { directory: room, ...rest } = COPIED
  const stored = { ...rest, room }
  const text = (taken: unknown) => JSON.stringify({ image: '1', env: {}, holds: ['/x'], taken })

  test('is parsed', () => {
    expect(parseSeen('web', text([stored]))).toMatchObject({ places: ['/x'], copied: [COPIED] })
  })

  test('is written with the keys of the first version', () => {
    const seen = { ...image, places: ['/x'], copied: [COPIED] }
    expect(JSON.parse(formatSeen(seen))).toMatchObject({ holds: ['/x'], taken: [stored] })
    expect(parseSeen('web', formatSeen(seen))).toEqual(seen)
  })

  test.each<[unknown]>([
    ['x'],
    [[1]],
    [[{ ...stored, room: 1 }]],
    [[{ ...stored, needed: 'x' }]],
    [undefined],
  ])('is dropped if it is damaged: %j', (taken) => {
    expect(parseSeen('web', text(taken))?.copied).toEqual([])
  })
})
