import { planBudgets } from '../../buildkit/core/budgets'
import {
  type Apps,
  type CacheRecord,
  type RecordUnit,
  buildInventory,
  isMount,
  isRemovable,
  readRecord,
} from '../../buildkit/core/records'
import { KnownError } from '../../../foundation/core/errors'
import type { Removed, Selection } from '../../prune-plan/core/inventory'
import { readApps } from '../../buildkit/host/build-cache'
import type { Engine } from '../../../foundation/docker/engine'
import { engineDisk } from '../../buildkit/host/engine-disk'
import type { Progress, Source } from './source'

/** Ids in one request: they are part of its address, whose length is limited. */
const BATCH = 500

/** Those of some units whose records have not changed: neither used nor added to an image since. */
async function unchanged(
  engine: Engine,
  units: readonly RecordUnit[],
): Promise<readonly RecordUnit[]> {
  const records = await engine.buildCache()
  const now = new Map(records.map((raw) => [raw.ID, readRecord(raw)]))
  return units.filter(({ id, lastUsed, uses }) => {
    const record = now.get(id)
    return record?.lastUsed === lastUsed && record.uses === uses && isRemovable(record)
  })
}

/** The last use of any of some units, in milliseconds since the epoch. */
function lastUse(units: readonly RecordUnit[]): number {
  return units.reduce((latest, { lastUsed }) => Math.max(latest, lastUsed ?? 0), 0)
}

async function remove(
  engine: Engine,
  units: readonly RecordUnit[],
  progress: Progress,
): Promise<Removed> {
  const asked = await unchanged(engine, units)
  let done = { units: 0, bytes: 0 }
  for (let at = 0; at < asked.length; at += BATCH) {
    const batch = asked.slice(at, at + BATCH)
    // A prune takes minutes: records that a build uses meanwhile stay. Docker's times are finer than ours.
    const unusedFor = Date.now() - lastUse(batch) - 1
    const ids = batch.map(({ id }) => id)
    const { deleted, bytes } = await engine.prune(ids, unusedFor)
    done = { units: done.units + deleted.length, bytes: done.bytes + bytes }
    progress(done)
  }
  return { source: 'buildkit', ...done, left: units.length - done.units }
}

/**
 * Whether a cache mount is selected by an id that no record can have: Docker before Engine 25 does not
 * record the ids of cache mounts.
 */
function lacksIds(records: readonly CacheRecord[], { cacheMount }: Selection): boolean {
  const mounts = records.flatMap(({ mount }) => mount ?? [])
  return (
    cacheMount !== undefined &&
    mounts.length > 0 &&
    mounts.every((mount) => mount.id === null && !isMount(mount, cacheMount))
  )
}

function refuseIds(cacheMount: string): never {
  throw new KnownError(
    `Cannot find the cache mount ${cacheMount}: Docker before version 25 does not record the ids of cache mounts`,
    { hint: 'Name the cache mount by its target, such as --cache-mount /root/.npm.' },
  )
}

/** BuildKit's cache in the Engine: records, removed by id and never under Docker's own directory. */
export function buildkitSource(engine: Engine): Source<RecordUnit> {
  return {
    name: 'buildkit',
    selectable: ['type', 'cacheMount', 'app', 'keepCacheMounts'],
    inUse: ['in use by a build, or needed by a record that stays'],
    async inventory(selection: Selection) {
      const records = (await engine.buildCache()).map(readRecord)
      if (lacksIds(records, selection)) refuseIds(selection.cacheMount ?? '')
      const nobody: Apps = () => []
      const apps = selection.app === undefined ? nobody : await readApps(engine)
      return buildInventory(records, selection, apps)
    },
    disk: () => engineDisk(engine),
    plan: planBudgets,
    remove: (units, progress) => remove(engine, units.slice(), progress),
  }
}
