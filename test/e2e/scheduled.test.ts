import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RawRecord } from '../../src/foundation/core/build-record'
import { runBundle } from '../support/bundle'
import { type EngineDouble, serveBuildCache } from '../support/engine'

let base: string
let double: EngineDouble & { ids: () => string[] }

function record(ID: string, Size: number, days: number): RawRecord {
  const time = new Date(Date.now() - days * 86_400_000).toISOString()
  const common = { Description: ID, Type: 'regular', InUse: false, Shared: false, UsageCount: 1 }
  return { ID, Size, CreatedAt: time, LastUsedAt: time, ' Parents': null, ...common }
}

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'scheduled-'))
  mkdirSync(join(base, 'caches/npm'), { recursive: true })
  writeFileSync(join(base, 'caches/npm/file'), 'x'.repeat(5000))
  const docker = { DockerRootDir: base }
  double = await serveBuildCache(
    [record('old', 3000, 50), record('new', 500, 1)],
    undefined,
    docker,
  )
})
afterEach(async () => {
  await double.close()
  rmSync(base, { recursive: true })
})

const env = () => ({
  PATH: process.env['PATH'],
  DOCKER_HOST: double.host,
  SHARED_CACHE_ROOT: join(base, 'caches'),
})
const history = () =>
  readFileSync(join(base, 'caches-history.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { at: string; caches: Record<string, number> })

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`

describe('a scheduled run', () => {
  test('prints one line, and adds one entry an hour to the history', async () => {
    const first = await runBundle(['scheduled'], env())
    expect(first).toMatchObject({ exit: 0, stderr: '' })
    expect(first.stdout).toMatch(
      new RegExp(`^${TIME} within budgets: npm 12.3 kB, buildkit 3.5 kB$`),
    )
    expect(history()).toHaveLength(1)
    expect(history()[0]?.caches['npm']).toBeGreaterThanOrEqual(5000)
    await runBundle(['scheduled'], env())
    expect(history()).toHaveLength(1)
  })

  test('prints one line if it fails in part, with an exit code', async () => {
    const DOCKER_HOST = `unix://${base}/nobody.sock`
    const { exit, stdout, stderr } = await runBundle(['scheduled'], { ...env(), DOCKER_HOST })
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${TIME} buildkit failed: .*; within budgets: npm 12.3 kB$`))
  })

  test('prints one line if it fails, with an exit code', async () => {
    const DOCKER_HOST = 'tcp://'
    const { exit, stdout, stderr } = await runBundle(['scheduled'], { ...env(), DOCKER_HOST })
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${TIME} failed: .*$`))
  })
})

describe('a manual prune', () => {
  const args = ['prune', '--buildkit', '--older-than', '30d', '--force']

  test('is added to the history', async () => {
    expect(await runBundle(args, env())).toMatchObject({ exit: 0, stderr: '' })
    expect(double.ids()).toEqual(['new'])
    expect(history()).toHaveLength(1)
  })

  test('is not added to the history by a dry run', async () => {
    await runBundle([...args, '--dry-run'], env())
    expect(history).toThrow('ENOENT')
  })

  test('is not added to the history before there are caches', async () => {
    rmSync(join(base, 'caches'), { recursive: true })
    await runBundle(args, env())
    expect(history).toThrow('ENOENT')
  })
})
