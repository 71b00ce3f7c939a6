import { detailBuildCache, reportBuildCache } from '../../src/shared-cache/buildkit/core/report'
import type { CacheRecord } from '../../src/shared-cache/buildkit/core/records'
import { type GlobalReport, cacheReports } from '../../src/shared-cache/report/core/global-report'
import type { HistoryEntry } from '../../src/shared-cache/report/core/history'
import { trends } from '../../src/shared-cache/report/core/trend'

const NOW = Date.parse('2026-11-21T03:30:00Z')
const DAY = 86_400_000
const GB = 1e9

/** Sizes of caches in GB, and their growth per day. */
const CACHES: Readonly<Record<string, readonly [size: number, growth: number]>> = {
  pip: [4.2, 0.03],
  uv: [7.9, 0.12],
  npm: [11.4, 0.2],
  playwright: [2.6, 0],
  cargo: [9.1, 0.08],
}

/** Thirty nights: caches that grow, a build cache that is pruned each week, and a disk that fills up. */
function entries(): readonly HistoryEntry[] {
  return Array.from({ length: 31 }, (_, i) => {
    const ago = 30 - i
    const caches = Object.entries(CACHES).map(([name, [size, growth]]) => {
      return [name, Math.round((size - growth * ago) * GB)] as const
    })
    const buildkit = Math.round((3.2 + ((i + 4) % 7) * 4.1) * GB)
    const used = Math.round((232 - ago * 1.7 + ((i + 4) % 7) * 1.5) * GB)
    return {
      at: NOW - ago * DAY,
      disk: { bytes: 320 * GB, freeBytes: 320 * GB - used },
      caches: { ...Object.fromEntries(caches), buildkit },
    }
  })
}

function record(id: string, gb: number, apps: string, change: Partial<CacheRecord> = {}) {
  const made: CacheRecord = {
    id,
    parents: [],
    type: 'regular',
    description: `[builder 4/9] RUN bin/build ${id}`,
    inUse: false,
    shared: false,
    bytes: Math.round(gb * GB),
    lastUsed: NOW - gb * DAY,
    uses: 4,
    command: `/bin/sh -c bin/build ${id}`,
    mount: null,
    ...change,
  }
  return { made, apps: apps.split(' ').filter(Boolean) }
}

function mount(id: string, target: string, gb: number, apps: string, command: string) {
  const change = {
    type: 'exec.cachemount',
    mount: { id, target },
    command: `/bin/sh -c ${command}`,
  }
  return record(`m${id}`, gb, apps, { ...change, description: `cached mount ${target}` })
}

const RECORDS = [
  mount('//root/.npm', '/root/.npm', 6.2, '', 'npm ci --prefer-offline'),
  mount('/pip-wheels', '/root/.cache/pip', 3.1, 'api', 'pip install -r requirements.txt'),
  mount('//target', '/app/target', 8.4, 'ledger', 'cargo build --release'),
  record('r1', 5.5, 'shop'),
  record('r2', 4.4, 'shop', { shared: true }),
  record('r3', 2.2, 'api worker'),
  record('r4', 1.3, 'ledger', { inUse: true }),
  record('r5', 0.9, ''),
  record('r6', 0.2, 'docs', { type: 'source.local', description: 'local source for context' }),
]

/** A report on a host with some history, without measuring anything. */
export function sampleReport(change: Partial<GlobalReport> = {}): GlobalReport {
  const records = RECORDS.map(({ made }) => made)
  const owners = new Map(RECORDS.map(({ made, apps }) => [made.id, apps]))
  const volume = { builder: 'herokuish', name: 'cache-old', app: 'old', bytes: 7e8 } as const
  const history = entries()
  const disk = { bytes: 320 * GB, freeBytes: history.at(-1)?.disk.freeBytes ?? 0 }
  const usage = Object.entries(CACHES).map(([name, [size]], i) => {
    const used = { bytes: size * GB, files: 41_234 * (i + 1), newestUse: NOW - i * 3_600_000 }
    return [name, { ...used, complete: name !== 'cargo' }] as const
  })
  const names = Object.keys(CACHES)
  const inodes = { inodes: 20_000_000, freeInodes: 17_000_000 }
  const root = '/var/lib/dokku/data/shared'
  const apps = [names.map((name) => `${root}/${name}`), [`${root}/npm`]].map((mounts) => ({
    mounts,
    inBuilds: [],
  }))
  return {
    version: 1,
    generatedAt: new Date(NOW).toISOString(),
    root,
    disk: { ...disk, ...inodes },
    caches: cacheReports(
      names.map((name) => ({ name, directory: name })),
      new Map(usage),
      { ...disk, ...inodes },
      root,
      apps,
    ),
    unusable: [],
    cacheMounts: [],
    baseImages: [],
    budget: {
      maxBytes: 64 * GB,
      usedBytes: 35.2 * GB,
      minFreeBytes: 32 * GB,
      caches: [{ name: 'npm', maxBytes: 12 * GB }],
    },
    trend: trends(history, [...names, 'buildkit']),
    buildCache: {
      ...reportBuildCache(records),
      details: detailBuildCache(records, ({ id }) => owners.get(id) ?? [], [volume]),
    },
    ...change,
  }
}
