import { formatList } from '../../foundation/output/list'
import type { Layout, Note } from './core/app'
import { type CacheChanges, changesByCache } from './core/changes'
import type { LayoutReason } from './core/layout'
import type { AppPlan } from './core/plan'
import { NEUTRAL_HOME, cacheNamed } from '../catalogue/core/catalogue'
import { canCopyIn } from '../catalogue/core/image-units'
import type { CacheProblem } from '../directories/core/problems'

/** Why a cache, or a variable of it, is withheld from an app. */
export function noteText({ cache, why, what }: Note): string {
  switch (why) {
    case 'app-variable':
      return `${cache}: the app sets ${what} itself`
    case 'image-variable':
      return `${cache}: the image sets ${what} itself`
    case 'app-mount':
      return `${cache}: the app has a mount of its own at ${what}`
    case 'image-files':
      return `${cache}: the image has files at ${what}, which a mount would hide`
    case 'builder':
      return `${cache}: ${what} manages this cache itself`
  }
}

/** How to give an app the cache nevertheless; null if impossible. */
export function noteRemedy(app: string, { cache, why, what }: Note): string | null {
  switch (why) {
    case 'app-variable':
      return `dokku config:unset --no-restart ${app} ${what} && dokku shared-cache:setup ${app}`
    case 'image-variable':
      return `remove ${what} from the Dockerfile, then deploy`
    case 'app-mount':
      return `remove that mount (dokku storage:list ${app}), then run dokku shared-cache:setup ${app}`
    case 'image-files':
      return canCopyIn(cache)
        ? `dokku ps:rebuild ${app} (copies the files to the shared cache)`
        : `delete them in the step that creates them (RUN … && rm -rf ${what}), then deploy`
    case 'builder':
      return null
  }
}

/** Paths of the caches in containers of a layout. */
function homeOf(layout: Layout): string {
  return layout === 'root' ? '/root' : NEUTRAL_HOME
}

/** A few words about why an app has its layout. */
export function layoutReasonText(reason: LayoutReason): string {
  switch (reason) {
    case 'builder':
      return 'its builder does not run as root'
    case 'property':
      return 'the property layout says so'
    case 'no-image':
      return 'it has no image yet'
    case 'image-user':
      return 'its image does not run as root'
    case 'user-option':
      return 'its docker options choose a user'
    case 'other-processes':
      return 'some of its processes do not run as root'
    case 'unknown-processes':
      return 'the user of its processes is not known yet'
    case 'all-root':
      return 'all its processes run as root'
  }
}

function isMoved({ previousLayout, layout, caches, steps }: AppPlan): boolean {
  return (
    previousLayout !== null && previousLayout !== layout && caches.length > 0 && steps.length > 0
  )
}

function movedText({ previousLayout, layout, layoutReason }: AppPlan): string {
  const from = homeOf(previousLayout ?? 'neutral')
  return `${from} to ${homeOf(layout)}, because ${layoutReasonText(layoutReason)}`
}

/** What a plan means for its app, without the app's name. */
export function planHeadline(plan: AppPlan): string {
  if (plan.state === 'other-scheduler') return `skipped, its scheduler is ${plan.scheduler}`
  if (plan.state === 'disabled') return 'excluded from the shared caches'
  if (isMoved(plan)) return `caches move from ${movedText(plan)}`
  return `caches below ${homeOf(plan.layout)}`
}

function changeText({ mount, unmount, set, unset }: CacheChanges): string {
  const parts: readonly (readonly [string, readonly string[]])[] = [
    ['mount', mount],
    ['set', set],
    ['unset', unset],
    ['unmount', unmount],
  ]
  return parts
    .filter(([, what]) => what.length > 0)
    .map(([verb, what]) => `${verb} ${what.join(' ')}`)
    .join('; ')
}

/** Changes of a plan, one line per cache, and what it withholds for the first time. */
export function planLines(plan: AppPlan): readonly string[] {
  const changes = changesByCache(plan.steps)
  const width = Math.max(0, ...changes.map(({ cache }) => cache.length))
  return [
    ...changes.map((change) => `${change.cache.padEnd(width)}  ${changeText(change)}`),
    ...plan.newNotes.map(withheldText),
  ]
}

function isHelper({ cache, why, what }: Note): boolean {
  return why === 'app-variable' && cacheNamed(cache).location.name !== what
}

function withheldText(note: Note): string {
  return isHelper(note) ? `unchanged   ${noteText(note)}` : `not shared  ${noteText(note)}`
}

/** Apps whose plans differ only in the name. */
export interface PlanGroup {
  readonly apps: readonly string[]
  /** The plan of the first of them. */
  readonly plan: AppPlan
}

/** Groups plans that look the same to a person, in the order of the first app of each. */
export function groupPlans(plans: readonly AppPlan[]): readonly PlanGroup[] {
  const groups = new Map<string, AppPlan[]>()
  for (const plan of plans) {
    const key = JSON.stringify([planHeadline(plan), planLines(plan)])
    groups.set(key, [...(groups.get(key) ?? []), plan])
  }
  return [...groups.values()].flatMap((group) => {
    const [plan] = group
    return plan ? [{ apps: group.map(({ app }) => app), plan }] : []
  })
}

/** Remedies for what a group withholds for the first time, one per line. */
export function remedyLines({ apps, plan }: PlanGroup): readonly string[] {
  const app = apps.length === 1 ? (apps[0] ?? 'APP') : 'APP'
  return plan.newNotes.flatMap((note) => {
    const remedy = noteRemedy(app, note)
    return remedy === null ? [] : [`to share ${note.cache}: ${remedy}`]
  })
}

/** Changes of a plan to an app, as one line of the deploy log; null if there are none. */
function changedLine(plan: AppPlan): string | null {
  const changes = changesByCache(plan.steps)
  if (changes.length === 0) return null
  if (isMoved(plan)) return `Shared caches: moved from ${movedText(plan)}`
  const removed = changes.filter(({ cache }) => !plan.caches.includes(cache))
  const added = changes.filter(
    ({ cache, mount }) => plan.caches.includes(cache) && mount.length > 0,
  )
  const others = changes.filter((change) => !removed.includes(change) && !added.includes(change))
  const names = (list: readonly CacheChanges[]) => formatList(list.map(({ cache }) => cache))
  const parts = [
    ...(added.length > 0 ? [`added ${names(added)}`] : []),
    ...(removed.length > 0 ? [`removed ${names(removed)}`] : []),
    ...(others.length > 0
      ? [
          plan.system === ''
            ? `changed the variables of ${names(others)}`
            : `${names(others)} for ${plan.system}`,
        ]
      : []),
  ]
  return `Shared caches: ${parts.join('; ')}`
}

/** What a plan withholds from an app for the first time, with the remedy. */
function withheldLine(app: string, note: Note): string {
  const remedy = noteRemedy(app, note)
  const text = `Shared caches: not shared: ${noteText(note)}`
  return remedy === null ? text : `${text}. To share it: ${remedy}`
}

/** Lines of a deploy log for an applied plan. */
export function deployLines(plan: AppPlan): readonly string[] {
  const changed = changedLine(plan)
  const withheld = plan.newNotes.filter((note) => !isHelper(note))
  return [
    ...(changed === null ? [] : [changed]),
    ...withheld.map((note) => withheldLine(plan.app, note)),
  ]
}

/** The line of `apps:create` about the caches of a new app. */
export function newAppLine({ app, caches, layout }: AppPlan): string {
  return caches.length === 0
    ? `Shared caches: none for ${app}`
    : `Shared caches: ${app} has ${formatList(caches)} below ${homeOf(layout)}`
}

/** A plan for `--format json`. */
export function planData(plan: AppPlan): Record<string, unknown> {
  const { app, state, layout, steps, notes } = plan
  return { app, state, layout, steps, notes }
}

/** What setup does to a directory of the caches, or what is wrong with it. */
export function problemText({ kind, path, problem }: CacheProblem): string {
  const what = path || 'the directory itself'
  return kind === 'missing' ? `make  ${what}` : `fix   ${what}: ${problem}`
}
