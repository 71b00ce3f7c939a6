import { expect, test } from 'vitest'
import type { AppState } from '../../../../src/shared-cache/apps/core/app'
import { type LayoutReason, decideLayout } from '../../../../src/shared-cache/apps/core/layout'
import { layoutReasonText } from '../../../../src/shared-cache/apps/text'
import { appState, rootImage } from '../../../support/app-state'

const property = (layout: 'root' | 'neutral') => ({ ...appState().settings, layout })

test.each<[string, Partial<AppState>, 'root' | 'neutral', LayoutReason, string]>([
  ['an image of root', {}, 'root', 'all-root', 'all its processes run as root'],
  ['no image', { seen: null }, 'neutral', 'no-image', 'it has no image yet'],
  [
    'another USER',
    { seen: { ...rootImage, user: 'app' } },
    'neutral',
    'image-user',
    'its image does not run as root',
  ],
  [
    'an entry point that changes the user',
    { seen: { ...rootImage, processes: 'other' } },
    'neutral',
    'other-processes',
    'some of its processes do not run as root',
  ],
  [
    'processes that were not seen',
    { seen: { ...rootImage, processes: 'unknown' } },
    'neutral',
    'unknown-processes',
    'the user of its processes is not known yet',
  ],
  [
    'a docker option',
    { userOption: true },
    'neutral',
    'user-option',
    'its docker options choose a user',
  ],
  ['pack', { builder: 'pack' }, 'neutral', 'builder', 'its builder does not run as root'],
  [
    'the property neutral',
    { settings: property('neutral') },
    'neutral',
    'property',
    'the property layout says so',
  ],
  [
    'the property root',
    { settings: property('root'), seen: null },
    'root',
    'property',
    'the property layout says so',
  ],
  [
    'herokuish with the property root',
    { settings: property('root'), builder: 'herokuish' },
    'neutral',
    'builder',
    'its builder does not run as root',
  ],
])('%s: %s', (_, over, layout, reason, text) => {
  expect(decideLayout(appState(over))).toEqual({ layout, reason })
  expect(layoutReasonText(reason)).toBe(text)
})
