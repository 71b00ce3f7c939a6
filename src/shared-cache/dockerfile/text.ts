import { type Edit, applyEdits } from './core/edits'
import type { Habit } from './core/habits'
import type { Rewriting } from './core/rewrite'
import type { KeptReason } from './core/moved-cache-mounts'
import type { WithheldCache } from './core/decide-step'
import type { StepPlan } from './core/step'
import { type Unusable, unusableText } from '../directories/core/usable'
import type { Log } from '../../foundation/output/log'

const WITHHELD: Readonly<Record<WithheldCache['why'], (what: string) => string>> = {
  empties: (what) => `the step empties the cache (${what})`,
  'emptied-before': () => 'the cache had lost most of its files after an earlier build',
  changes: (what) => `the step changes files of the cache (${what})`,
  unclear: (what) => `the commands of the step could not be read: ${what}`,
  bypasses: (what) => `the step turns the cache off (${what})`,
  elsewhere: (what) => `another location is configured (${what})`,
  hidden: (what) => `another mount covers the cache (${what})`,
  mount: (what) => `the cache mount at ${what} has options that a shared cache does not support`,
  needed: (what) => `its files are needed in the image (${what})`,
  base: () => 'the base image is not known before the build',
  image: () => 'the app needs its browsers in the image',
}

/** Why a step does not use a cache, in a few words. */
export function withheldText({ cache, why, what }: WithheldCache): string {
  return `${cache} is not used: ${WITHHELD[why](what)}`
}

const KEPT: Readonly<Record<KeptReason, string>> = {
  setting: 'the property cache-mounts is not all',
  off: 'a comment turns the shared caches off',
  special: 'its from, source, sharing or readonly option is not supported in shared storage',
  unknown: 'its target or id is known only during the build',
  place: 'nothing can be mounted from shared storage at this path',
  nested: 'another mount of the step overlaps it',
  sibling: 'another cache mount with the same id stays there',
  many: 'the file has more cache mounts than can move',
}

const HABIT: Readonly<Record<Habit['habit'], (what: string) => string>> = {
  'no-cache': (what) => `${what} turns the cache off`,
  cleans: (what) => `${what} empties the cache in the step that fills it`,
  'copy-before-install': (what) => `${what} runs again after every change of the source`,
  'no-lock-file': (what) => `there is no ${what}`,
  'unknown-mount': (what) => `the cache mount at ${what} belongs to no known package manager`,
  'no-variables': (what) => `${what} removes the variable that names the cache`,
}

/** What a person should do about a habit. `pruned` is how Docker's build cache is pruned here. */
function remedyText({ habit }: Habit, pruned: BuildCachePruning): string {
  switch (habit) {
    case 'no-cache':
      return 'remove it: the cache does not become part of the image'
    case 'cleans':
      return 'remove it: the cache does not become part of the image, and other apps use it'
    case 'copy-before-install':
      return 'copy the files that name the dependencies, install, then copy the rest'
    case 'no-lock-file':
      return 'commit it, and copy it before the step'
    case 'no-variables':
      return 'keep the variables: sudo -E, or su without -'
    case 'unknown-mount':
      return pruned === 'every night'
        ? "it stays in Docker's build cache, which Dokku prunes every night"
        : "it stays in Docker's build cache"
  }
}

/** Whether Dokku's nightly prune empties Docker's build cache on this host. */
export type BuildCachePruning = 'every night' | 'not by Dokku'

/** The caches and moved cache mounts that a step uses; none for a step that uses nothing. */
function givenText(given: StepPlan['given'], mounts: StepPlan['mounts']): readonly string[] {
  const moved = mounts.filter(({ why }) => why === null).map(({ target }) => target)
  const used = [...given.map(({ cache }) => cache), ...moved]
  return used.length > 0 ? [`uses ${used.join(', ')}`] : []
}

function stepLines(
  { given, withheld, off, switchedOff, removed, mounts }: StepPlan,
  unusable: readonly Unusable[],
): readonly string[] {
  const now = given.filter(({ cache }) => unusable.some(({ caches }) => caches.includes(cache)))
  return [
    ...givenText(given, mounts),
    ...now.map(({ cache }) => `${cache} is unusable now`),
    ...(off ? ['turned off by a comment'] : []),
    ...switchedOff.map(
      (cache) =>
        `could use ${cache}, which is off: dokku shared-cache:set --global caches default,${cache}`,
    ),
    ...withheld.map(withheldText),
    ...mounts.flatMap(({ target, why }) =>
      why ? [`cache mount ${target} stays in Docker's build cache: ${KEPT[why]}`] : [],
    ),
    ...removed.map((name) => `its own request for the device ${name} is removed`),
  ]
}

/** What the steps of a Dockerfile use, for a person. */
export function tellCheck(
  log: Log,
  name: string,
  { steps, off, removedOnbuild }: Rewriting,
  habits: readonly Habit[],
  pruned: BuildCachePruning,
  unusable: readonly Unusable[],
): void {
  const using = steps.filter((step) => givenText(step.given, step.mounts).length > 0).length
  log.heading(`${name}: ${using} of ${steps.length} steps use shared caches`)
  if (off) log.detail('A comment at the beginning of the file turns them off')
  for (const step of steps) {
    log.plain(`line ${String(step.line).padEnd(5)}${step.summary}`)
    const lines = stepLines(step, unusable)
    for (const line of lines.length > 0 ? lines : ['needs no cache']) {
      log.plain(`          ${line}`)
    }
  }
  if (removedOnbuild.length > 0) log.plain('Requests for cache devices in ONBUILD are removed')
  if (unusable.length > 0) log.heading('Unusable now: builds do not get these caches')
  for (const each of unusable) log.detail(unusableText(each))
  if (habits.length === 0) return
  log.heading('How to make better use of the caches')
  for (const habit of habits) {
    log.plain(`line ${String(habit.line).padEnd(5)}${HABIT[habit.habit](habit.what)}`)
    log.plain(`          ${remedyText(habit, pruned)}`)
  }
}

/** The same as one document. */
export function checkData(
  name: string,
  rewriting: Rewriting,
  habits: readonly Habit[],
  pruned: BuildCachePruning,
  unusable: readonly Unusable[],
): object {
  return {
    version: 1,
    file: name,
    changed: rewriting.edits.length > 0,
    off: rewriting.off,
    steps: rewriting.steps.map(
      ({ line, summary, given, withheld, off, switchedOff, removed, mounts }) => ({
        line,
        step: summary,
        gets: given.map(({ cache }) => cache),
        left: withheld.map((each) => ({ ...each, text: withheldText(each) })),
        off,
        switchedOff,
        removed,
        cacheMounts: mounts
          .filter(({ why }) => why !== null)
          .map(({ id, target, why }) => ({ id, target, why })),
        movedMounts: mounts
          .filter(({ why }) => why === null)
          .map(({ id, target }) => ({ id, target })),
      }),
    ),
    unusable,
    habits: habits.map((habit) => ({
      line: habit.line,
      habit: habit.habit,
      what: habit.what,
      remedy: remedyText(habit, pruned),
    })),
  }
}

interface Hunk {
  /** Lines of the original, from 0; `to` is not included. */
  readonly from: number
  readonly to: number
  readonly edits: readonly Edit[]
}

/** A unified diff without context lines; '' where nothing changes. */
export function diffText(name: string, original: string, edits: readonly Edit[]): string {
  const starts = [0, ...[...original.matchAll(/\n/g)].map((match) => match.index + 1)]
  const lineAt = (place: number) => starts.filter((start) => start <= place).length - 1
  const hunks: Hunk[] = []
  for (const edit of edits) {
    const [from, to] = [lineAt(edit.start), lineAt(edit.end) + 1]
    const last = hunks.at(-1)
    if (last && from < last.to) {
      hunks[hunks.length - 1] = { ...last, to: Math.max(to, last.to), edits: [...last.edits, edit] }
    } else hunks.push({ from, to, edits: [edit] })
  }
  let shift = 0
  const parts = hunks.map(({ from, to, edits: within }) => {
    const start = starts[from] ?? 0
    const before = original.slice(start, starts[to] ?? original.length).replace(/\n$/, '')
    const moved = within.map((edit) => ({
      ...edit,
      start: edit.start - start,
      end: edit.end - start,
    }))
    const [old, fresh] = [before, applyEdits(before, moved)].map((text) => text.split('\n'))
    const at = from + 1 + shift
    shift += (fresh?.length ?? 0) - (old?.length ?? 0)
    return [
      `@@ -${from + 1},${old?.length ?? 0} +${at},${fresh?.length ?? 0} @@`,
      ...(old ?? []).map((line) => `-${line}`),
      ...(fresh ?? []).map((line) => `+${line}`),
    ].join('\n')
  })
  return parts.length === 0 ? '' : [`--- ${name}`, `+++ ${name}`, ...parts].join('\n')
}
