import { PLUGIN } from '../../../../src/shared-cache/plugin'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectEngine } from '../../../../src/foundation/docker/engine'
import type { DokkuPlatform } from '../../../../src/foundation/platform'
import { makeRunner } from '../../../../src/foundation/process/runner'
import { findNeededBrowsers } from '../../../../src/shared-cache/inventory/host/needed-browsers'
import { type EngineDouble, recorded, serveEngine } from '../../../support/engine'

const ID = `sha256:${'5'.repeat(64)}`
const IMAGE = { Id: ID, Os: 'linux', Architecture: 'amd64', Size: 5, Config: {} }
/** The `content` of that image, from `EngineImage`. */
const CONTENT = '0e6b1d0e3484a7b782df65e249a23868e6c4dfab476ec773953a7424c5b5df1f'
const NOBODY_CAN_TELL = [{ rooms: null, names: null }]

let root: string
let double: EngineDouble | undefined

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'browsers-'))
})
afterEach(async () => {
  await double?.close()
  double = undefined
  rmSync(root, { recursive: true })
})

function property(app: string, key: string, value: unknown): void {
  const directory = join(root, 'config/shared-cache', app)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, key), JSON.stringify(value))
}

function giveCache(app: string, browsers?: object): void {
  const directory = join(root, 'data/shared/ms-playwright')
  const mounts = [{ entry: null, host: directory, container: '/root/.cache/ms-playwright' }]
  property(app, 'given', { layout: 'root', mounts, env: {}, notes: [] })
  const system = 'debian-12-amd64-glibc'
  property(app, 'seen', { image: CONTENT, user: '', env: {}, holds: [], system, ...browsers })
}

async function find(hasImage: boolean, address?: string) {
  double = await serveEngine({
    'GET /version': recorded('28.5.2', 'version'),
    'GET /v1.44/containers/json': { body: [] },
    ...(hasImage ? { 'GET /v1.44/images/dokku/web%3Alatest/json': { body: IMAGE } } : {}),
  })
  const shared = join(root, 'data/shared')
  const paths = { dokkuRoot: root, libRoot: root, pluginPath: root, corePluginPath: root }
  const platform: DokkuPlatform = {
    kind: 'dokku',
    plugin: PLUGIN,
    root: shared,
    hostRoot: shared,
    ...paths,
    logsDir: root,
  }
  const engine = connectEngine({ DOCKER_HOST: address ?? double.host })
  const host = { platform, runner: makeRunner(false), engine: () => Promise.resolve(engine) }
  return findNeededBrowsers(host, 'ms-playwright', false, () => undefined)
}

test('an image that was searched is not searched again', async () => {
  giveCache('web', { browsers: { [ID]: ['chromium-1187'] } })
  expect(await find(true)).toEqual([
    { rooms: ['', 'debian-12-amd64-glibc'], names: ['chromium-1187'] },
    { rooms: null, names: [] },
  ])
  expect(double?.requests.some((line) => line.startsWith('POST'))).toBe(false)
})

test('an app that has no cache of Playwright needs none of its browsers', async () => {
  property('web', 'given', { layout: 'root', mounts: [], env: {}, notes: [] })
  expect(await find(true)).toEqual([])
})

test('an app that was never deployed needs nothing', async () => {
  giveCache('web')
  mkdirSync(join(root, 'web'))
  expect(await find(false)).toEqual([])
})

test('for a running app whose image is gone, the result is unknown', async () => {
  giveCache('web')
  mkdirSync(join(root, 'web'))
  writeFileSync(join(root, 'web/CONTAINER.web.1'), 'x')
  expect(await find(false)).toEqual(NOBODY_CAN_TELL)
})

test('for an image that cannot be searched, the result is unknown for its system', async () => {
  giveCache('web')
  expect(await find(true)).toContainEqual({ rooms: ['', 'debian-12-amd64-glibc'], names: null })
})

test('without Docker, the result is unknown', async () => {
  giveCache('web', { browsers: { [ID]: ['chromium-1187'] } })
  expect(await find(true, `unix://${root}/nobody.sock`)).toEqual(NOBODY_CAN_TELL)
})
