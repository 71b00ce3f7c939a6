import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withAppLock } from '../../../src/foundation/dokku/app-lock'
import { detectPlatform, type DokkuPlatform } from '../../../src/foundation/platform'
import { PLUGIN as persist } from '../../../src/persist/plugin'
import { PLUGIN as sharedCache } from '../../../src/shared-cache/plugin'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'app-lock-'))
  mkdirSync(join(base, 'web'))
})
afterEach(() => rmSync(base, { recursive: true }))

const platform = (plugin: typeof persist) =>
  detectPlatform(plugin, {
    DOKKU_LIB_ROOT: base,
    PLUGIN_AVAILABLE_PATH: base,
    DOKKU_ROOT: base,
  }) as DokkuPlatform

/** Whether the lock of an app is free now. */
function isFree(): boolean {
  try {
    execFileSync('flock', ['-n', join(base, 'web'), 'true'])
    return true
  } catch {
    return false
  }
}

test.each([
  ['shared-cache', sharedCache],
  ['persist', persist],
])("%s holds the app's lock while it changes the app", async (_, plugin) => {
  expect(await withAppLock(platform(plugin), 'web', () => Promise.resolve(isFree()))).toBe(false)
  expect(isFree()).toBe(true)
})
