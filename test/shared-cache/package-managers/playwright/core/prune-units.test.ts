import { describe, expect, test } from 'vitest'
import { playwrightUnits } from '../../../../../src/shared-cache/package-managers/playwright/core/prune-units'
import { DAY, directory, entry, NOW } from '../../../../support/entries'

function unitOf(name: string, needed: ReadonlySet<string> | null, mark = true, days = 100) {
  const used = { accessed: NOW - days * DAY, modified: NOW - days * DAY }
  const maker = playwrightUnits(NOW, () => needed)
  maker.add(directory(name, used))
  maker.add(entry(`${name}/chrome`, used))
  if (mark) maker.add(entry(`${name}/INSTALLATION_COMPLETE`, used))
  return maker.units()[0]
}

describe('units of Playwright', () => {
  test('a revision is removed as a whole', () => {
    const unit = unitOf('chromium-1187', new Set())
    expect(unit).toMatchObject({ label: 'chromium-1187', bytes: 3 * 4096, inUse: false })
    expect(unit?.phases.flat().map(({ action, path }) => [action, path])).toEqual([
      ['trash', 'chromium-1187'],
    ])
  })

  test.each([
    ['a deployed app needs it', new Set(['chromium-1187']), true],
    ['deployed apps need others', new Set(['chromium-1200', 'webkit-1187']), false],
    ['nobody can tell', null, true],
  ])('if %s, it is in use: %s', (_, needed, inUse) => {
    expect(unitOf('chromium-1187', needed, true, 4000)?.inUse).toBe(inUse)
  })

  test.each([
    [0, true],
    [2, false],
  ])('an incomplete one, %s days after the last file, is in use: %s', (days, inUse) => {
    expect(unitOf('chromium-1187', null, false, days)?.inUse).toBe(inUse)
  })

  test.each(['chromium_headless_shell-1187', 'webkit_ubuntu20.04_x64_special-2092', 'ffmpeg-1011'])(
    '%s is a revision',
    (name) => expect(unitOf(name, null)?.label).toBe(name),
  )

  test.each(['.links', '__dirlock', 'chromium', 'chromium-', '.trash-1-2', 'Chromium-1'])(
    '%s is not a revision',
    (name) => expect(unitOf(name, null)).toBeUndefined(),
  )

  test('a revision of one system is needed by its name', () => {
    expect(unitOf('debian-12-x86_64/firefox-1490', new Set(['firefox-1490']))?.inUse).toBe(true)
  })
})
