import type { AppChange, Mount, NewMount } from '../../../foundation/core/app-changes'
import type { AppState, Given, Layout, Note } from './app'
import { type LayoutReason, isOutOfReach } from './layout'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import { type Wanted, isGiven, isHandMade, wantedFor, isOurs, adopts } from './wanted'

export interface AppPlan {
  readonly app: string
  readonly state: 'enabled' | 'disabled' | 'other-scheduler'
  readonly scheduler: string
  readonly layout: Layout
  readonly layoutReason: LayoutReason
  /** The current layout; null for an app without anything from this plugin. */
  readonly previousLayout: Layout | null
  /** Caches that its containers have after the last step. */
  readonly caches: readonly string[]
  /** The system of its image; '' if unknown. */
  readonly system: string
  /** Whether processes that do not belong to root cannot reach the caches. */
  readonly isOutOfReach: boolean
  readonly steps: readonly AppChange[]
  /** What is withheld from the app. */
  readonly notes: readonly Note[]
  /** The notes that earlier runs have not recorded. */
  readonly newNotes: readonly Note[]
  /** Cache directories of the app's system that must exist before the first step. */
  readonly directories: readonly string[]
  /** What the app currently has of what this plugin gave, including interrupted runs. */
  readonly current: Given
  /** The record after the last step; null if it does not change. */
  readonly given: Given | null
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/**
 * Whether two records are equal except for the names of storage entries: Dokku creates an entry for a
 * mount of the older form.
 */
function isSameRecord(a: Given, b: Given): boolean {
  const gist = ({ mounts, ...rest }: Given) => ({
    ...rest,
    mounts: mounts.map(({ host, container }) => [host, container]),
  })
  return same(gist(a), gist(b))
}

const sorted = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))

function at(mount: Mount, other: { hostPath: string; containerPath: string }): boolean {
  return mount.hostPath === other.hostPath && mount.containerPath === other.containerPath
}

/** What the app currently has of the record, and of the record of an interrupted run. */
function currentOf(state: AppState): Given {
  const mounts = [...state.given.mounts, ...(state.pending?.mounts ?? [])].filter(
    (given, index, all) =>
      all.findIndex((g) => same(g, given)) === index &&
      state.mounts.some((m) => at(m, { hostPath: given.host, containerPath: given.container })),
  )
  const env = Object.entries(state.env).filter(([name, value]) => isGiven(state, name, value))
  return { ...state.given, mounts, env: Object.fromEntries(env) }
}

/** Variables that the plugin may remove: those it gave, and those of pairs made by hand. */
function ourVariables(state: AppState, root: string): readonly string[] {
  return Object.entries(state.env).flatMap(([name, value]) => {
    const cache = CATALOGUE.find((row) => row.location.name === name)
    const handMade =
      cache !== undefined && adopts(state, cache) && isHandMade(state, root, cache, value)
    return handMade || isGiven(state, name, value) ? [name] : []
  })
}

function mountSteps(state: AppState, root: string, wanted: Wanted): [AppChange[], AppChange[]] {
  const mounts: AppChange[] = []
  const obsolete = state.mounts
    .filter((m) => isOurs(state, root, m) && !wanted.mounts.some((w) => at(m, w)))
    .map((mount) => ({ kind: 'unmount' as const, ...mount }))
  // Two mounts at one path would fail a deploy: the old one is removed before the new one is added.
  const isBlocking = (step: { containerPath: string }) =>
    wanted.mounts.some((mount) => mount.containerPath === step.containerPath)
  const blocking = obsolete.filter(isBlocking)
  const unmounts = obsolete.filter((step) => !isBlocking(step))
  for (const mount of wanted.mounts) {
    const there = state.mounts.filter((m) => at(m, mount))
    const right = there.some((m) => m.readonly === mount.readonly)
    for (const wrong of there.filter((m) => m.readonly !== mount.readonly)) {
      // A named entry is updated in place; the older form would be added twice.
      const inPlace = !right && wrong.entry !== null && wrong.entry === mount.entry
      if (!inPlace) mounts.push({ kind: 'unmount', ...wrong })
    }
    if (!right) mounts.push({ kind: 'mount', ...mount })
  }
  return [[...blocking, ...mounts], unmounts]
}

/** A wanted mount as recorded: with the entry that it has, or will have. */
function recordOf(state: AppState, wanted: NewMount, named: boolean) {
  const there = state.mounts.find((m) => at(m, wanted) && m.readonly === wanted.readonly)
  const entry = there ? there.entry : named ? wanted.entry : null
  return { entry, host: wanted.hostPath, container: wanted.containerPath }
}

/**
 * The plan for one app: only what is missing, different or obsolete. `root` is the root of the caches
 * as Docker sees it. `named` is whether this Dokku has named storage entries (0.38).
 */
export function planApp(state: AppState, root: string, named: boolean): AppPlan {
  const wanted = wantedFor(state, root)
  const [mounts, unmounts] = mountSteps(state, root, wanted)
  const set = Object.entries(wanted.env).filter(([name, value]) => state.env[name] !== value)
  const unset = ourVariables(state, root).filter((name) => !(name in wanted.env))
  const steps: AppChange[] = [
    ...mounts.map((step) => (step.kind === 'mount' && !named ? { ...step, entry: null } : step)),
    ...(set.length > 0 ? [{ kind: 'set' as const, values: Object.fromEntries(set) }] : []),
    ...(unset.length > 0 ? [{ kind: 'unset' as const, keys: unset }] : []),
    ...unmounts,
  ]
  const given: Given = {
    layout: wanted.mounts.length > 0 ? wanted.layout : null,
    mounts: wanted.mounts.map((mount) => recordOf(state, mount, named)),
    env: sorted(wanted.env),
    notes: wanted.notes,
  }
  const settled = steps.length === 0 && state.pending === null && isSameRecord(given, state.given)
  return {
    app: state.app,
    state: !state.settings.enabled
      ? 'disabled'
      : state.scheduler === 'docker-local'
        ? 'enabled'
        : 'other-scheduler',
    scheduler: state.scheduler,
    layout: wanted.layout,
    layoutReason: wanted.reason,
    previousLayout: state.given.layout,
    caches: [...new Set(wanted.mounts.map(({ cache }) => cache))],
    system: state.seen?.system ?? '',
    isOutOfReach: wanted.mounts.length > 0 && isOutOfReach(state),
    steps,
    notes: wanted.notes,
    newNotes: wanted.notes.filter((note) => !state.given.notes.some((old) => same(old, note))),
    directories: wanted.directories,
    current: currentOf(state),
    given: settled ? null : given,
  }
}
