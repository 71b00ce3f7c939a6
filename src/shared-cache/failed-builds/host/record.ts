import type { Server } from '../../apps/host/server'
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
  const { gives, record, message } = startBuild(before, suspects, now.getTime())
  await writeRecord(server, app, record)
  return { gives, message, about: message === 'cleared' ? before : record }
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
  const { record, message } = finishBuild(readRecord(server, app))
  await writeRecord(server, app, record)
  return { message, about: record }
}

/** Whether the build that runs now has no caches because of an earlier one. */
export function isWithoutCaches(server: Server, app: string): boolean {
  const state = readRecord(server, app)?.state
  return state === 'trial' || state === 'stopped'
}

/** Forgets a failed build: the next one gets the caches. Returns whether there was one. */
export async function forgetFailedBuild(server: Server, app: string): Promise<boolean> {
  const had = readRecord(server, app) !== null
  await writeRecord(server, app, null)
  return had
}
