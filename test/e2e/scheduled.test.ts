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

describe('a run of the schedule', () => {
  test('is one line, and one entry an hour of the history', async () => {
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

  test('that fails in part is one line as well, and its exit code says so', async () => {
    const DOCKER_HOST = `unix://${base}/nobody.sock`
    const { exit, stdout, stderr } = await runBundle(['scheduled'], { ...env(), DOCKER_HOST })
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${TIME} buildkit failed: .*; within budgets: npm 12.3 kB$`))
  })

  test('that fails is one line as well, and its exit code says so', async () => {
    const DOCKER_HOST = 'tcp://'
    const { exit, stdout, stderr } = await runBundle(['scheduled'], { ...env(), DOCKER_HOST })
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^${TIME} failed: .*$`))
  })
})

describe('pruning by hand', () => {
  const args = ['prune', '--buildkit', '--older-than', '30d', '--force']

  test('is remembered', async () => {
    expect(await runBundle(args, env())).toMatchObject({ exit: 0, stderr: '' })
    expect(double.ids()).toEqual(['new'])
    expect(history()).toHaveLength(1)
  })

  test('that was not carried out is not', async () => {
    await runBundle([...args, '--dry-run'], env())
    expect(history).toThrow('ENOENT')
  })

  test('before there are caches is not', async () => {
    rmSync(join(base, 'caches'), { recursive: true })
    await runBundle(args, env())
    expect(history).toThrow('ENOENT')
  })
})
