/**
 * Builds that got caches and did not finish. The next build of the app runs without them. If that one
 * succeeds, a cache may have been the cause, and the app builds without caches until somebody tries
 * again. If it fails too, no cache was the cause.
 */

/** The property of an app that has its record. */
export const RECORD_KEY = 'build-record'

/** A step that had caches in the build that did not finish. */
export interface Suspect {
  /** The step for people: `line 4 (npm ci)`, `the herokuish build`. */
  readonly step: string
  /** The step without its place in the file. */
  readonly key: string
  readonly caches: readonly string[]
}

/** A few files of a cache, relative to its directory. */
export interface CacheSample {
  readonly cache: string
  readonly files: readonly string[]
}

/** The property `build-record` of an app. */
export interface BuildRecord {
  readonly state:
    /** A build with caches has begun. */
    | 'started'
    /** A build without caches has begun, because the one before it did not finish. */
    | 'trial'
    /** A build without caches succeeded after one with caches did not finish. */
    | 'stopped'
  /** When the build with caches began, in milliseconds since the epoch. */
  readonly since: number
  readonly suspects: readonly Suspect[]
  /** Files of the caches before the build with caches. */
  readonly samples: readonly CacheSample[]
}

/** What the deploy log says when a build begins or ends; null for nothing. */
export type BuildMessage = 'trial' | 'stopped' | 'cleared' | 'succeeded' | null

export interface BuildDecision {
  /** Whether the build gets its caches. */
  readonly gives: boolean
  /** The record from now on; null for none. */
  readonly record: BuildRecord | null
  readonly message: BuildMessage
}

/** Decides at the start of a build whose steps could get caches. `now` in milliseconds since the epoch. */
export function startBuild(
  record: BuildRecord | null,
  suspects: readonly Suspect[],
  now: number,
): BuildDecision {
  const started: BuildRecord = { state: 'started', since: now, suspects, samples: [] }
  switch (record?.state) {
    case undefined:
      return { gives: true, record: started, message: null }
    case 'started':
      return { gives: false, record: { ...record, state: 'trial', samples: [] }, message: 'trial' }
    case 'trial':
      return { gives: true, record: started, message: 'cleared' }
    case 'stopped':
      return { gives: false, record, message: 'stopped' }
  }
}

/** Decides at the start of a build that gets no caches for another reason: it shows nothing. */
export function skipBuild(record: BuildRecord | null): BuildRecord | null {
  return record?.state === 'stopped' ? record : null
}

/** Decides when the image of a build is there. */
export function finishBuild(record: BuildRecord | null): Omit<BuildDecision, 'gives'> {
  if (record?.state !== 'trial') return { record: skipBuild(record), message: null }
  return { record: { ...record, state: 'stopped' }, message: 'succeeded' }
}

function isSuspect(value: unknown): value is Suspect {
  const { step, key, caches } = (value ?? {}) as Partial<Suspect>
  return typeof step === 'string' && typeof key === 'string' && Array.isArray(caches)
}

function isSample(value: unknown): value is CacheSample {
  const { cache, files } = (value ?? {}) as Partial<CacheSample>
  const isText = (file: unknown) => typeof file === 'string' && !file.split('/').includes('..')
  return typeof cache === 'string' && Array.isArray(files) && files.every(isText)
}

/** The record in a property; null for none, and for a text that this plugin did not write. */
export function parseRecord(text: string | undefined): BuildRecord | null {
  if (!text) return null
  try {
    const { state, since, suspects, samples = [] } = JSON.parse(text) as Partial<BuildRecord>
    const isState = state === 'started' || state === 'trial' || state === 'stopped'
    if (!isState || typeof since !== 'number' || !Array.isArray(suspects)) return null
    return {
      state,
      since,
      suspects: suspects.filter(isSuspect),
      samples: samples.filter(isSample),
    }
  } catch {
    return null
  }
}
