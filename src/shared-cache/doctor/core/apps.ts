import type { Note } from '../../apps/core/app'
import type { AppPlan } from '../../apps/core/plan'
import type { Finding } from './findings'

/** What was found out about an app. */
export interface AppFacts {
  readonly app: string
  /** What would be changed to bring it to its settings; null where that cannot be told. */
  readonly plan: AppPlan | null
  /** Why there is no plan. */
  readonly error: string | null
  /** Properties of the app that hold nonsense. */
  readonly damaged: readonly string[]
}

/** How much of each kind a plan would change, such as `2 mounts and 1 variable`. */
function differences({ steps }: AppPlan): string {
  const counts = { mount: 0, variable: 0 }
  for (const step of steps) {
    if (step.kind === 'set') counts.variable += Object.keys(step.values).length
    else if (step.kind === 'unset') counts.variable += step.keys.length
    else counts.mount += 1
  }
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}${count === 1 ? '' : 's'}`)
    .join(' and ')
}

/** A cache that is left to the app, or to its image: a person should know, nothing is broken. */
function noteFinding(app: string, text: string): Finding {
  return { name: 'app', status: 'warn', text: `${app}: ${text}`, remedy: null }
}

function outOfReach(app: string): Finding {
  const text = `${app}: its caches are below /root, which only root reaches, and other users run in it`
  return { name: 'app', status: 'warn', text, remedy: `dokku shared-cache:set ${app} layout auto` }
}

/** Mounts and variables are right, what is written down of them is not: a run was cut off. */
function staleRecord(app: string, remedy: string): Finding {
  const text = `${app}: the record of what it was given is not up to date`
  return { name: 'app', status: 'warn', text, remedy }
}

function appFindings(facts: AppFacts, textOf: (note: Note) => string): readonly Finding[] {
  const { app, plan, error, damaged } = facts
  const fix = `dokku shared-cache:doctor ${app} --fix`
  const fail = (text: string, remedy: string | null): readonly Finding[] => [
    { name: 'app', status: 'fail', text: `${app}: ${text}`, remedy },
  ]
  if (damaged.length > 0) {
    return fail(`its ${damaged.map((key) => `property ${key}`).join(' and ')} is damaged`, fix)
  }
  if (!plan) return fail(error ?? 'it cannot be read', null)
  const notes = [
    ...plan.notes.map((note) => noteFinding(app, textOf(note))),
    ...(plan.isOutOfReach ? [outOfReach(app)] : []),
  ]
  if (plan.steps.length > 0) {
    return [...fail(`${differences(plan)} not as they should be`, fix), ...notes]
  }
  if (plan.given !== null) return [staleRecord(app, fix), ...notes]
  return notes
}

function summary(apps: readonly AppFacts[]): Finding {
  const count = (state: AppPlan['state']) => apps.filter(({ plan }) => plan?.state === state).length
  const parts = [
    `${count('enabled')} enabled`,
    ...(count('disabled') > 0 ? [`${count('disabled')} disabled`] : []),
    ...(count('other-scheduler') > 0 ? [`${count('other-scheduler')} on another scheduler`] : []),
  ]
  return {
    name: 'apps',
    status: 'ok',
    text: `of ${apps.length}: ${parts.join(', ')}`,
    remedy: null,
  }
}

/**
 * What is right and wrong with apps: one line in all for those as they should be, and one for each
 * thing that is not. `textOf` says a note in a sentence.
 */
export function checkApps(
  apps: readonly AppFacts[],
  textOf: (note: Note) => string,
): readonly Finding[] {
  return [summary(apps), ...apps.flatMap((facts) => appFindings(facts, textOf))]
}
