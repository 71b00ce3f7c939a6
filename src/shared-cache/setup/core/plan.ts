import type { RawRecord } from '../../../foundation/core/build-record'
import type { AppPlan } from '../../apps/core/plan'
import { type CacheProblem, isFixable } from '../../directories/core/problems'
import type { HostPlan } from './host-steps'

/** Everything that one run of setup will do, decided before the first change. */
export interface SetupPlan {
  readonly directories: readonly CacheProblem[]
  readonly host: HostPlan
  readonly apps: readonly AppPlan[]
}

/** Whether a plan changes directories or apps. */
export function changesCaches({ directories, apps }: SetupPlan): boolean {
  return directories.some(isFixable) || apps.some(({ steps }) => steps.length > 0)
}

/** Whether a plan changes anything. */
export function changesAnything(plan: SetupPlan): boolean {
  return plan.host.steps.length > 0 || changesCaches(plan)
}

/** Apps that setup does not change because they are excluded. */
export function excludedApps({ apps }: SetupPlan): readonly string[] {
  return apps.filter(({ state }) => state === 'disabled').map(({ app }) => app)
}

const DAY = 86_400_000

/**
 * Bytes of cache mounts in Docker's build cache that no build uses or has used for a day. The shared
 * caches replace most of them. `now` in milliseconds since the epoch.
 */
export function unusedCacheMountBytes(records: readonly RawRecord[], now: number): number {
  const isUnused = ({ Type, InUse, CreatedAt, LastUsedAt }: RawRecord) =>
    Type === 'exec.cachemount' && !InUse && now - Date.parse(LastUsedAt ?? CreatedAt) >= DAY
  return records.filter(isUnused).reduce((sum, { Size }) => sum + Size, 0)
}
