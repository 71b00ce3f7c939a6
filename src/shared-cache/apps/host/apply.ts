import { join } from 'node:path'
import { type AppPlan, type Step, planApp } from '../core/plan'
import type { AppState } from '../core/app'
import { KnownError } from '../../../foundation/core/errors'
import { formatGiven } from '../core/record'
import { type Common, readAppState } from './state'
import { checkCaches, makeCaches } from '../../directories/host/caches'
import { diskOf } from '../../../foundation/files/disk'
import type { Dokku } from '../../../foundation/dokku/dokku'
import { withLock } from '../../../foundation/process/lock'
import type { DokkuPlatform } from '../../../foundation/platform'
import type { Runner } from '../../../foundation/process/runner'

/** Everything that is needed to plan for an app and to carry the plan out. */
export interface Site {
  readonly runner: Runner
  readonly platform: DokkuPlatform
  readonly dokku: Dokku
  readonly common: Common
}

/** The plan for one app as it is now, or in a state that has just been read. */
export async function planFor(
  { platform, dokku, common }: Site,
  app: string,
  state?: AppState,
): Promise<AppPlan> {
  const now = state ?? (await readAppState(dokku, common, app))
  return planApp(now, platform.hostRoot, dokku.namedEntries)
}

/** Whether a plan changes nothing at all. */
export function isSettled(plan: AppPlan): boolean {
  return plan.steps.length === 0 && plan.given === null
}

async function ensureEntries(site: Site, steps: readonly Step[]): Promise<void> {
  const needed = steps.flatMap((step) => (step.kind === 'mount' && step.entry ? [step] : []))
  if (needed.length === 0) return
  const entries = await site.dokku.entries()
  for (const { entry, hostPath } of needed) {
    if (entry && entries.get(entry) !== hostPath) await site.dokku.createEntry(entry, hostPath)
  }
}

/**
 * Makes the directories of systems that are missing, by names such as `pip@debian-12-amd64-glibc`. What
 * tools left closed inside is for setup to open: that may take minutes, and a deploy waits.
 */
export async function ensureRooms(site: Site, rooms: readonly string[]): Promise<void> {
  const problems = rooms.length > 0 ? await checkCaches(site, rooms) : []
  if (problems.some(({ kind }) => kind !== 'closed inside')) await makeCaches(site, rooms, null)
}

async function record(site: Site, app: string, text: string): Promise<void> {
  const { properties } = site.dokku
  if (text) await properties.set(app, 'given', text)
  else await properties.unset(app, 'given')
}

/** What Dokku's own files of an app need many times over. */
const LEAST_BYTES = 16_000_000
const LEAST_INODES = 200

/**
 * Dokku empties a file and then writes it: on a full disk an app would lose all its variables or
 * mounts, its own as well (config:set says success all the same). Throws KnownError before that.
 */
async function refuseFullDisk({ platform }: Site): Promise<void> {
  for (const path of [platform.dokkuRoot, platform.libRoot]) {
    const { freeBytes, freeInodes } = await diskOf(path)
    if (freeBytes >= LEAST_BYTES && (freeInodes ?? LEAST_INODES) >= LEAST_INODES) continue
    const what = freeBytes < LEAST_BYTES ? 'space' : 'inodes'
    throw new KnownError(`The disk of ${path} has hardly any ${what} left: nothing was changed`, {
      hint: `Free some (\`df ${what === 'space' ? '-h' : '-i'} ${path}\`), then run dokku shared-cache:setup`,
    })
  }
}

/**
 * Brings one app to its plan, and gives back the plan that was carried out. The app is locked and
 * planned again under the lock: two mounts at once on one app lose mounts. What is about to be given
 * is recorded first, so that a run that is killed is completed by the next. `builder` is that of a
 * deploy under way, and `state` what has just been read of the app.
 */
export async function applyTo(
  site: Site,
  app: string,
  builder = '',
  state?: AppState,
): Promise<AppPlan> {
  const read = () => readAppState(site.dokku, site.common, app, builder)
  const first = await planFor(site, app, state ?? (await read()))
  if (isSettled(first)) return first
  return withLock(join(site.platform.dokkuRoot, app), app, async () => {
    const plan = await planFor(site, app, await read())
    if (plan.given === null) return plan
    await refuseFullDisk(site)
    if (plan.steps.length > 0) {
      await record(site, app, formatGiven({ given: plan.held, pending: plan.given }))
    }
    await ensureRooms(site, plan.rooms)
    await ensureEntries(site, plan.steps)
    for (const step of plan.steps) await site.dokku.apply(app, step)
    await record(site, app, formatGiven({ given: plan.given, pending: null }))
    return plan
  })
}
