import { KnownError } from '../../../foundation/core/errors'
import type { Item } from './plan'

/** How far an adoption has come. */
type Phase =
  /** The app runs; copies are being made. */
  | 'copying'
  /** The app was stopped, and has its old mounts. */
  | 'stopped'
  /** All copies are verified; mounts are being replaced. The app is stopped. */
  | 'switching'

/** What an adoption that was killed has left: enough to complete it. */
export interface AdoptState {
  readonly app: string
  readonly phase: Phase
  /** Whether the app ran before, so that it has to run again. */
  readonly wasRunning: boolean
  readonly items: readonly Item[]
}

const VERSION = 1
const PHASES: readonly unknown[] = ['copying', 'stopped', 'switching']

export function formatState(state: AdoptState): string {
  return `${JSON.stringify({ version: VERSION, ...state }, null, 1)}\n`
}

/** Parses the state of an adoption. Throws KnownError for one that this version cannot read. */
export function parseState(app: string, text: string): AdoptState {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw unreadable(app, cause)
  }
  const state = (read ?? {}) as Partial<AdoptState> & { readonly version?: unknown }
  const isRight =
    state.version === VERSION &&
    state.app === app &&
    PHASES.includes(state.phase) &&
    typeof state.wasRunning === 'boolean' &&
    Array.isArray(state.items)
  if (!isRight) throw unreadable(app)
  const { phase, wasRunning, items } = state as AdoptState
  return { app, phase, wasRunning, items }
}

function unreadable(app: string, cause?: unknown): KnownError {
  return new KnownError(`Cannot read what an earlier persist:adopt of ${app} has left`, {
    hint: `Check the mounts of the app (dokku storage:list ${app}), then delete data/persist/adopt/${app}.json.`,
    cause,
  })
}
