import type { AppChange } from '../../../foundation/core/app-changes'
import { type AppPlan, planApp } from '../core/plan'
import type { AppState } from '../core/app'
import { KnownError } from '../../../foundation/core/errors'
import { formatGiven } from '../core/record'
import { readAppState } from './state'
import type { Server } from './server'
import { isFixable } from '../../directories/core/problems'
import { checkCaches, makeCaches } from '../../directories/host/caches'
import { diskOf } from '../../../foundation/files/disk'
import { withAppLock } from '../../../foundation/dokku/app-lock'

/** The plan for one app, from its current state or a state that was just read. */
export async function planFor(server: Server, app: string, state?: AppState): Promise<AppPlan> {
  const now = state ?? (await readAppState(server, app))
  return planApp(now, server.platform.hostRoot, server.dokku.namedEntries)
}

/** Whether a plan changes nothing. */
export function isSettled(plan: AppPlan): boolean {
  return plan.steps.length === 0 && plan.given === null
}

async function ensureEntries(server: Server, steps: readonly AppChange[]): Promise<void> {
  const needed = steps.flatMap((step) => (step.kind === 'mount' && step.entry ? [step] : []))
  if (needed.length === 0) return
  const entries = await server.dokku.entries()
  for (const { entry, hostPath } of needed) {
    if (entry && entries.get(entry) !== hostPath) await server.dokku.createEntry(entry, hostPath)
  }
}

/**
 * Makes missing directories of systems, by names such as `pip@debian-12-amd64-glibc`. Subdirectories
 * that are closed to other users are left to setup: opening them may take minutes, and a deploy would
 * wait.
 */
export async function ensureCacheDirectories(
  server: Server,
  names: readonly string[],
): Promise<void> {
  const problems = names.length > 0 ? await checkCaches(server, names, { inside: false }) : []
  if (problems.some(isFixable)) await makeCaches(server, names, null)
}

async function record(server: Server, app: string, text: string): Promise<void> {
  const { properties } = server.dokku
  if (text) await properties.set(app, 'given', text)
  else await properties.unset(app, 'given')
}

/** Many times the size of Dokku's own files of an app. */
const LEAST_BYTES = 16_000_000
const LEAST_INODES = 200

/**
 * Dokku truncates a file before it writes it: on a full disk an app would lose all its variables or
 * mounts, including its own, and config:set would still report success. Throws KnownError before that.
 */
async function refuseFullDisk({ platform }: Server): Promise<void> {
  for (const path of [platform.dokkuRoot, platform.libRoot]) {
    const { freeBytes, freeInodes } = await diskOf(path)
    if (freeBytes >= LEAST_BYTES && (freeInodes ?? LEAST_INODES) >= LEAST_INODES) continue
    const what = freeBytes < LEAST_BYTES ? 'space' : 'inodes'
    throw new KnownError(`The disk of ${path} has hardly any ${what} left: nothing was changed`, {
      hint: `Free some ${what} (see df ${what === 'space' ? '-h' : '-i'} ${path}), then run: dokku shared-cache:setup`,
    })
  }
}

/**
 * Plans one app under its lock, applies the plan and returns it: two concurrent mounts of one app lose
 * one. All properties are read under the lock: after two commands at once the app is as the last
 * property says, provided that a command that wrote one calls this. The record is written first, so that
 * the next run completes a killed one. `builder` is that of the running deploy.
 */
export async function applyLocked(server: Server, app: string, builder = ''): Promise<AppPlan> {
  return withAppLock(server.platform, app, async () => {
    const current = { ...server, settings: server.dokku.properties.all('--global') }
    const plan = await planFor(current, app, await readAppState(current, app, builder))
    if (plan.given === null) return plan
    await refuseFullDisk(server)
    if (plan.steps.length > 0) {
      await record(server, app, formatGiven({ given: plan.current, pending: plan.given }))
    }
    await ensureCacheDirectories(server, plan.directories)
    await ensureEntries(server, plan.steps)
    for (const step of plan.steps) await server.dokku.apply(app, step)
    await record(server, app, formatGiven({ given: plan.given, pending: null }))
    return plan
  })
}

/** The same, without a lock where nothing has to be changed. `state` was just read. */
export async function applyTo(
  server: Server,
  app: string,
  builder = '',
  state?: AppState,
): Promise<AppPlan> {
  const first = await planFor(server, app, state ?? (await readAppState(server, app, builder)))
  return isSettled(first) ? first : applyLocked(server, app, builder)
}
