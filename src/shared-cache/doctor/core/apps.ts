import type { AppState, Note } from '../../apps/core/app'
import type { AppPlan } from '../../apps/core/plan'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import type { AppChange } from '../../../foundation/core/app-changes'
import type { Finding } from '../../../foundation/core/findings'

/** The facts about an app. */
export interface AppFacts {
  readonly app: string
  /** What setup would change; null if that cannot be planned. */
  readonly plan: AppPlan | null
  /** The app's current variables. */
  readonly env: AppState['env']
  /** Why there is no plan. */
  readonly error: string | null
  /** Properties of the app with a value that cannot be read. */
  readonly damaged: readonly string[]
  /** What earlier builds keep the app, or steps of it, from the caches for. */
  readonly builds: readonly NoteText[]
  /** Whether another command, such as `apps:create`, is giving it its caches. */
  readonly inProgress: boolean
  /**
   * Whether it matches the plan for the recorded image and processes, so that only the newly inspected
   * ones require changes.
   */
  readonly isNewImage: boolean
}

/** A mount or variable that differs from the plan. */
interface Difference {
  readonly kind: 'missing' | 'different' | 'unexpected'
  readonly what: 'mount' | 'variable'
  /** Its cache; the path or name itself if it belongs to none. */
  readonly cache: string
}

function cacheOfMount(hostPath: string, containerPath: string): string {
  const cache = CATALOGUE.find(({ directory }) => `${hostPath}/`.includes(`/${directory}/`))
  return cache?.name ?? containerPath
}

function cacheOfVariable(name: string): string {
  const cache = CATALOGUE.find(({ location, helpers }) =>
    [location, ...helpers].some((variable) => variable.name === name),
  )
  return cache?.name ?? name
}

/** The differences that a plan would remove. */
function differencesOf(
  change: AppChange,
  steps: readonly AppChange[],
  env: AppState['env'],
): readonly Difference[] {
  const isReplaced = (kind: 'mount' | 'unmount', place: string) =>
    steps.some((step) => step.kind === kind && step.containerPath === place)
  switch (change.kind) {
    case 'mount': {
      const kind = isReplaced('unmount', change.containerPath) ? 'different' : 'missing'
      return [{ kind, what: 'mount', cache: cacheOfMount(change.hostPath, change.containerPath) }]
    }
    case 'unmount': {
      if (isReplaced('mount', change.containerPath)) return []
      const cache = cacheOfMount(change.hostPath, change.containerPath)
      return [{ kind: 'unexpected', what: 'mount', cache }]
    }
    case 'set':
      return Object.keys(change.values).map((name) => ({
        kind: name in env ? 'different' : 'missing',
        what: 'variable',
        cache: cacheOfVariable(name),
      }))
    case 'unset':
      return change.keys.map((name) => ({
        kind: 'unexpected',
        what: 'variable',
        cache: cacheOfVariable(name),
      }))
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Such as `1 mount and 2 variables missing (npm, pip); 1 variable different (uv)`. */
function differencesText({ steps }: AppPlan, env: AppState['env']): string {
  const all = steps.flatMap((step) => differencesOf(step, steps, env))
  const kinds = ['missing', 'different', 'unexpected'] as const
  return kinds
    .flatMap((kind) => {
      const own = all.filter((difference) => difference.kind === kind)
      if (own.length === 0) return []
      const counts = (['mount', 'variable'] as const).flatMap((what) => {
        const count = own.filter((difference) => difference.what === what).length
        return count > 0 ? [counted(count, what)] : []
      })
      const caches = [...new Set(own.map(({ cache }) => cache))].sort()
      return [`${counts.join(' and ')} ${kind} (${caches.join(', ')})`]
    })
    .join('; ')
}

const app = (
  name: string,
  status: Finding['status'],
  text: string,
  remedy: string | null = null,
): Finding => ({ name: 'app', status, text: `${name}: ${text}`, remedy })

/** How a message explains a cache that an app does not get. */
export interface NoteText {
  readonly text: string
  /** How to give the app the cache; null if impossible. */
  readonly remedy: string | null
}

/** Caches that the app does not get, or that not all of its processes can use: nothing is broken. */
function warnings(
  plan: AppPlan,
  textOf: (app: string, note: Note) => NoteText,
): readonly Finding[] {
  const notes = plan.notes.map((note) => {
    const { text, remedy } = textOf(plan.app, note)
    return app(plan.app, 'warn', text, remedy)
  })
  if (!plan.isOutOfReach) return notes
  const text = 'its caches are in /root, which its processes that do not run as root cannot read'
  return [...notes, app(plan.app, 'warn', text, `dokku shared-cache:set ${plan.app} layout auto`)]
}

function appFindings(
  facts: AppFacts,
  textOf: (app: string, note: Note) => NoteText,
): readonly Finding[] {
  const { app: name, plan, env, error, damaged } = facts
  const fix = `dokku shared-cache:doctor ${name} --fix`
  if (facts.inProgress) return [app(name, 'ok', 'another command is giving it its caches now')]
  if (damaged.length > 0) {
    return [app(name, 'fail', `cannot read its property ${damaged.join(' and ')}`, fix)]
  }
  if (!plan) return [app(name, 'fail', error ?? 'cannot read its mounts and variables')]
  const builds = facts.builds.map(({ text, remedy }) => app(name, 'warn', text, remedy))
  const notes = [...builds, ...warnings(plan, textOf)]
  if (plan.steps.length > 0 && facts.isNewImage) {
    const text =
      'its next deploy, or dokku shared-cache:setup, adapts its mounts and variables to its new image or processes'
    return [app(name, 'ok', text), ...notes]
  }
  if (plan.steps.length > 0) return [app(name, 'fail', differencesText(plan, env), fix), ...notes]
  // Mounts and variables are right: a run was killed before it recorded them.
  if (plan.given !== null) {
    return [
      app(name, 'warn', 'the record of its mounts and variables is out of date', fix),
      ...notes,
    ]
  }
  if (plan.state !== 'other-scheduler') return notes
  const text = `its containers do not use the caches, only its Dockerfile builds: the scheduler is ${plan.scheduler}`
  return [app(name, 'ok', text), ...notes]
}

function summary(apps: readonly AppFacts[]): Finding {
  const count = (state: AppPlan['state']) => apps.filter(({ plan }) => plan?.state === state).length
  const parts = [
    `${count('enabled')} enabled`,
    ...(count('disabled') > 0 ? [`${count('disabled')} disabled`] : []),
    ...(count('other-scheduler') > 0 ? [`${count('other-scheduler')} on another scheduler`] : []),
  ]
  const text = `${counted(apps.length, 'app')}: ${parts.join(', ')}`
  return { name: 'apps', status: 'ok', text, remedy: null }
}

/**
 * Findings about apps: one line for all of them, and one for each problem. `textOf` explains a cache
 * that an app does not get.
 */
export function checkApps(
  apps: readonly AppFacts[],
  textOf: (app: string, note: Note) => NoteText,
): readonly Finding[] {
  return [summary(apps), ...apps.flatMap((facts) => appFindings(facts, textOf))]
}
