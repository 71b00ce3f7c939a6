import type { Note } from './core/app'
import type { AppChange } from '../../foundation/core/app-changes'
import type { AppPlan } from './core/plan'
import { NEUTRAL_HOME } from '../catalogue/core/catalogue'
import type { CacheProblem } from '../directories/core/requirements'

/** Why an app does not get a cache, or not all of it, in a sentence. */
export function noteText({ cache, why, what }: Note): string {
  switch (why) {
    case 'app-variable':
      return `${cache}: the app sets ${what} itself, and keeps it`
    case 'image-variable':
      return `${cache}: the image sets ${what} itself, and keeps it`
    case 'app-mount':
      return `${cache}: the app mounts something of its own at ${what}, and keeps it`
    case 'image-files':
      return `${cache}: the image holds files at ${what}, and keeps them`
    case 'builder':
      return `${cache}: ${what} keeps a cache of its own`
  }
}

function names(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** What steps do, all of a kind in one line: a server with fifty apps is still read. */
function stepLines(steps: readonly AppChange[]): readonly string[] {
  const places = (kind: 'mount' | 'unmount') =>
    steps.flatMap((step) =>
      step.kind === kind ? [step.containerPath + (step.readonly ? ' (read-only)' : '')] : [],
    )
  const [mounts, unmounts] = [places('mount'), places('unmount')]
  return [
    ...(mounts.length > 0 ? [`mount    ${mounts.join(' ')}`] : []),
    ...steps.flatMap((step) => (step.kind === 'set' ? [`set      ${names(step.values)}`] : [])),
    ...steps.flatMap((step) => (step.kind === 'unset' ? [`unset    ${step.keys.join(' ')}`] : [])),
    ...(unmounts.length > 0 ? [`unmount  ${unmounts.join(' ')}`] : []),
  ]
}

/** The headline of an app's plan, for a person. */
export function planHeadline(plan: AppPlan): string {
  if (plan.state === 'other-scheduler')
    return `${plan.app}: left alone, its scheduler is ${plan.scheduler}`
  if (plan.state === 'disabled') return `${plan.app}: disabled`
  const home = plan.layout === 'root' ? '/root' : NEUTRAL_HOME
  return `${plan.app}: containers see the caches below ${home}`
}

/** Everything that a plan changes and leaves, a line each. */
export function planLines(plan: AppPlan): readonly string[] {
  return [...stepLines(plan.steps), ...plan.notes.map(noteText)]
}

/** A plan as data, for `--format json`. */
export function planData(plan: AppPlan): Record<string, unknown> {
  const { app, state, layout, steps, notes } = plan
  return { app, state, layout, steps, notes }
}

/** What is to be done about a directory of the caches, in a line. */
export function problemText({ kind, path, problem }: CacheProblem): string {
  const what = path || 'the directory itself'
  return kind === 'missing' ? `make     ${what}` : `mend     ${what}: ${problem}`
}
