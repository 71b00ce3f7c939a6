import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { runBundle } from '../support/bundle'
import { type EngineDouble, recorded, serveEngine } from '../support/engine'

/** An empty cache root, without a history next to it. */
const NOWHERE = join(tmpdir(), `no-caches-${process.pid}`, 'root')

const VOLUME = {
  Name: 'cache-web',
  Labels: { 'com.dokku.app-name': 'web', 'com.dokku.builder-type': 'herokuish' },
  UsageData: { Size: 4096 },
}

let double: EngineDouble | undefined
afterEach(async () => {
  await double?.close()
  double = undefined
})

async function report(...args: string[]) {
  double = await serveEngine({
    'GET /version': recorded('28.5.2', 'version'),
    'GET /info': recorded('28.5.2', 'info'),
    'GET /v1.44/system/df?type=build-cache': recorded(
      '28.5.2',
      'system-df.type-build-cache.during-build.v1.44',
    ),
    'GET /v1.44/system/df?type=volume': { body: { Volumes: [VOLUME] } },
    'GET /v1.44/images/json': {
      body: [{ Id: 'i1', RepoTags: ['dokku/web'], Labels: { 'com.dokku.app-name': 'web' } }],
    },
    'GET /v1.44/images/i1/history': {
      body: [{ CreatedBy: 'RUN /bin/sh -c touch /root/.npm/y # buildkit' }],
    },
    'GET /v1.44/containers/json': { body: [] },
  })
  const env = { DOCKER_HOST: double.host, SHARED_CACHE_ROOT: NOWHERE }
  return runBundle(['report', '--global', ...args], env)
}

describe('report --global', () => {
  test('has the totals of the build cache by type, from one request', async () => {
    const { exit, stdout, stderr } = await report()
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/ {7}Build cache +Records +Size +Reclaimable\n/)
    expect(stdout).toMatch(/ {7}exec\.cachemount +7 +1\.02 MB +1\.02 MB\n/)
    expect(stdout).toMatch(/411 kB shared with images, \d+ records in use/)
    expect(stdout).not.toContain('/root/.npm')
    expect(double?.requests.filter((line) => line.includes('system/df'))).toHaveLength(1)
  })

  test('in JSON has its exact bytes', async () => {
    const { stdout } = await report('--format', 'json')
    const { buildCache } = JSON.parse(stdout) as { buildCache: Record<string, unknown> }
    expect(buildCache).toMatchObject({ bytes: 4_162_143, shared: 410_671, details: null })
  })

  test('without Docker reports everything else', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere', SHARED_CACHE_ROOT: NOWHERE }
    const { exit, stdout, stderr } = await runBundle(
      ['report', '--global', '--format', 'json'],
      env,
    )
    expect({ exit, stderr }).toEqual({
      exit: 0,
      stderr:
        ' !     Cannot connect to the Docker daemon at unix:///nowhere: the report leaves out its build cache',
    })
    expect(JSON.parse(stdout)).toMatchObject({ buildCache: null })
  })
})

describe('report --global --buildkit', () => {
  test('lists cache mounts, layers, and the caches of builders elsewhere', async () => {
    const { stdout } = await report('--buildkit')
    const lines = stdout.split('\n').map((line) => line.trim().split(/ {3,}/))
    expect(lines).toContainEqual([
      'Cache mount',
      'Id',
      'Size, at least',
      'Last used',
      'Uses',
      'App',
      'First command',
    ])
    const npm = lines.filter(([target, id]) => target === '/root/.npm' && id === '/npm-shared')
    expect(npm.map((cells) => cells.slice(5))).toContainEqual(['web', 'touch /root/.npm/y'])
    expect(lines.find(([size]) => size === '1.98 MB')).toBeDefined()
    expect(lines).toContainEqual(['herokuish', '4.1 kB', 'web', 'cache-web'])
  })

  test('in JSON says which apps are known', async () => {
    const { stdout } = await report('--buildkit', '--format', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      buildCache: {
        details: {
          outside: [{ builder: 'herokuish', name: 'cache-web', app: 'web', bytes: 4096 }],
        },
      },
    })
  })

  test('without Docker fails', async () => {
    const env = { DOCKER_HOST: 'unix:///nowhere', SHARED_CACHE_ROOT: NOWHERE }
    expect(await runBundle(['report', '--global', '--buildkit'], env)).toMatchObject({ exit: 1 })
  })
})
