import { join } from 'node:path'
import { WITHOUT_VARIABLES_KEY } from '../../apps/core/app'
import type { Server } from '../../apps/host/server'
import { cacheNamed, findCache } from '../../catalogue/core/catalogue'
import { rootOf } from '../../catalogue/core/group'
import { appSettings } from '../../properties/core/properties'
import { LOSSES_KEY, type Loss, isLost, isTelling, parseLosses, withLosses } from '../core/losses'
import { goneFrom, sampleCache } from './sample'
import {
  type BuildMessage,
  type BuildRecord,
  type Suspect,
  RECORD_KEY,
  finishBuild,
  parseRecord,
  skipBuild,
  startBuild,
} from '../core/record'

/** When the last prune began, in milliseconds since the epoch: a property for all apps. */
export const PRUNED_KEY = 'pruned-at'

/** The record of an app; null for none. */
export function readRecord({ dokku: { properties } }: Server, app: string): BuildRecord | null {
  return parseRecord(properties.get(app, RECORD_KEY))
}

async function writeRecord(
  { dokku: { properties } }: Server,
  app: string,
  record: BuildRecord | null,
): Promise<void> {
  const text = record ? JSON.stringify(record) : ''
  if ((properties.get(app, RECORD_KEY) ?? '') === text) return
  await (text === '' ? properties.unset(app, RECORD_KEY) : properties.set(app, RECORD_KEY, text))
}

/** What to do with a build, and what to log about it. */
export interface BuildStart {
  readonly gives: boolean
  readonly message: BuildMessage
  /** The record that the message is about. */
  readonly about: BuildRecord | null
  /** Steps that emptied a cache in the build before. */
  readonly losses: readonly Loss[]
}

/** Finds the directories of an app's caches. Reads its properties once. */
function directoriesOf({ dokku, settings, platform }: Server, app: string) {
  const root = rootOf(platform.root, appSettings(dokku.properties.all(app), settings).group)
  return (cache: string) => join(root, cacheNamed(cache).directory)
}

/**
 * Records that a build begins whose steps could get caches. Call it before the build gets them: a
 * build that is killed at once counts too.
 */
export async function recordStart(
  server: Server,
  app: string,
  suspects: readonly Suspect[],
  now: Date,
): Promise<BuildStart> {
  const before = readRecord(server, app)
  const losses = await recordLosses(server, app, before)
  const { gives, record, message } = startBuild(before, suspects, now.getTime())
  const caches = [...new Set(suspects.flatMap((suspect) => suspect.caches))].filter(findCache)
  const directoryOf = directoriesOf(server, app)
  const samples =
    record?.state === 'started' ? caches.map((cache) => sampleCache(cache, directoryOf(cache))) : []
  await writeRecord(server, app, record && { ...record, samples })
  return { gives, message, about: message === 'cleared' ? before : record, losses }
}

/** Records that a build begins which gets no caches for another reason. */
export async function recordSkip(server: Server, app: string): Promise<void> {
  await writeRecord(server, app, skipBuild(readRecord(server, app)))
}

/** Records that the image of a build is there. */
export async function recordFinish(
  server: Server,
  app: string,
): Promise<Omit<BuildStart, 'gives'>> {
  const before = readRecord(server, app)
  const losses = await recordLosses(server, app, before)
  const { record, message } = finishBuild(before)
  await writeRecord(server, app, record)
  return { message, about: record, losses }
}

/** Whether another app has a build with caches that has not finished. */
function areOthersBuilding(server: Server, app: string): boolean {
  return server.dokku.properties
    .apps()
    .some((other) => other !== app && readRecord(server, other)?.state === 'started')
}

/** Looks for caches that lost most of their files in a build, and records the steps that had them. */
async function recordLosses(
  server: Server,
  app: string,
  record: BuildRecord | null,
): Promise<readonly Loss[]> {
  if (record?.state !== 'started') return []
  const directoryOf = directoriesOf(server, app)
  const lost = record.samples
    .filter(({ cache }) => findCache(cache))
    .filter((sample) => isLost(sample, goneFrom(sample, directoryOf(sample.cache))))
    .map(({ cache }) => cache)
  if (lost.length === 0) return []
  const { properties } = server.dokku
  const prunedAt = Number(properties.get('--global', PRUNED_KEY) ?? 0)
  if (!isTelling(record.since, prunedAt, areOthersBuilding(server, app))) return []
  const before = readLosses(server, app)
  const after = withLosses(before, lost, record.suspects, record.since)
  await properties.set(app, LOSSES_KEY, JSON.stringify(after))
  return after.slice(before.length)
}

/** The steps of an app that emptied a cache. */
export function readLosses({ dokku: { properties } }: Server, app: string): readonly Loss[] {
  return parseLosses(properties.get(app, LOSSES_KEY))
}

/** Whether the next build gets no caches because of an earlier one. Records nothing. */
export function isNextWithoutCaches(server: Server, app: string): boolean {
  return !startBuild(readRecord(server, app), [], 0).gives
}

/** Whether the build that runs now has no caches because of an earlier one. */
export function isWithoutCaches(server: Server, app: string): boolean {
  const state = readRecord(server, app)?.state
  return state === 'trial' || state === 'stopped'
}

/** Forgets what earlier builds did: the next one gets the caches. Returns whether there was anything. */
export async function forgetBuilds(server: Server, app: string): Promise<boolean> {
  const had = hasRecords(server, app)
  const { properties } = server.dokku
  for (const key of [LOSSES_KEY, WITHOUT_VARIABLES_KEY]) {
    if (properties.get(app, key)) await properties.unset(app, key)
  }
  await writeRecord(server, app, null)
  return had
}

/** Whether earlier builds keep an app, or steps of it, from the caches. */
export function hasRecords(server: Server, app: string): boolean {
  return isWithoutCaches(server, app) || readLosses(server, app).length > 0
}
