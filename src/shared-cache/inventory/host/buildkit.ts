import { planBudgets } from '../../buildkit/core/budgets'
import {
  type Apps,
  type RecordUnit,
  buildInventory,
  isRemovable,
  readRecord,
} from '../../buildkit/core/records'
import { attribute } from '../../buildkit/core/apps'
import type { Removed, Selection } from '../../prune-plan/core/inventory'
import { readAppImages } from '../../buildkit/host/build-cache'
import type { Engine } from '../../../foundation/docker/engine'
import { engineDisk } from '../../buildkit/host/engine-disk'
import type { Progress, Source } from './source'

/** Ids in one request: they go into its address, which must not grow without end. */
const BATCH = 500

/** Those of some units whose records are as they were: not used, nor taken into an image, since. */
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
    // A prune takes minutes: what a build uses meanwhile stays. Docker's times are finer than ours.
    const unusedFor = Date.now() - lastUse(batch) - 1
    const ids = batch.map(({ id }) => id)
    const { deleted, bytes } = await engine.prune(ids, unusedFor)
    done = { units: done.units + deleted.length, bytes: done.bytes + bytes }
    progress(done)
  }
  return { source: 'buildkit', ...done, left: units.length - done.units }
}

/** BuildKit's cache in the Engine: records, removed by id and never under Docker's own directory. */
export function buildkitSource(engine: Engine): Source<RecordUnit> {
  return {
    name: 'buildkit',
    selectable: ['type', 'cacheMount', 'app', 'keepCacheMounts'],
    async inventory(selection: Selection) {
      const records = (await engine.buildCache()).map(readRecord)
      const nobody: Apps = () => []
      const apps = selection.app === undefined ? nobody : attribute(await readAppImages(engine))
      return buildInventory(records, selection, apps)
    },
    disk: () => engineDisk(engine),
    plan: planBudgets,
    remove: (units, progress) => remove(engine, units.slice(), progress),
  }
}
