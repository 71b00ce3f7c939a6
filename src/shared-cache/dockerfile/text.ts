import { type Edit, applyEdits } from './core/edits'
import type { Habit } from './core/habits'
import type { Rewriting } from './core/rewrite'
import type { KeptReason } from './core/moved-cache-mounts'
import type { WithheldCache } from './core/decide'
import type { StepPlan } from './core/step'
import type { Log } from '../../foundation/output/log'

const WHY: Readonly<Record<WithheldCache['why'], (what: string) => string>> = {
  empties: (what) => `the step empties it: ${what}`,
  bypasses: (what) => `the step leaves it unused: ${what}`,
  elsewhere: (what) => `its place is chosen here: ${what}`,
  hidden: (what) => `something is mounted over it: ${what}`,
  mount: (what) => `the cache mount at ${what} means more than a shared cache can`,
  copied: () => 'another instruction needs its files in the image',
  base: () => 'the base image is not known before the build',
  image: () => 'the app needs its browsers in the image',
}

const REMEDY: Readonly<Record<Habit['habit'], string>> = {
  'no-cache': 'leave it out: the cache is not in the image',
  cleans: 'leave it out: the cache is not in the image, and others use it',
  'copy-before-install': 'copy the files that name the dependencies, install, then copy the rest',
  'no-lock-file': 'commit it, and copy it in front of the step',
  'unknown-mount': 'it stays in the build cache of Docker, which is cleaned every night',
}

const HABIT: Readonly<Record<Habit['habit'], (what: string) => string>> = {
  'no-cache': (what) => `${what} leaves the cache unused`,
  cleans: (what) => `${what} empties the cache in the step that fills it`,
  'copy-before-install': (what) => `${what} runs again after every change of the source`,
  'no-lock-file': (what) => `there is no ${what}`,
  'unknown-mount': (what) => `the cache mount at ${what} belongs to no package manager known here`,
}

/** Why a step does not get a cache, in a few words. */
export function withheldText({ cache, why, what }: WithheldCache): string {
  return `no ${cache}: ${WHY[why](what)}`
}

const STAYS: Readonly<Record<KeptReason, string>> = {
  setting: 'stays; it moves to shared storage where cache-mounts is all',
  off: 'stays: switched off by a comment',
  special: 'stays: its from, source, sharing or access is more than a shared directory can be',
  unknown: 'stays: its place or id is only known in the build',
  place: 'stays: nothing else may be mounted at that place',
  nested: 'stays: another mount of the step is at, above or below it',
  sibling: 'stays: another one of the same id stays',
  many: 'stays: the file has more of them than are moved',
}

/** What a step has from outside the image; empty for nothing. */
export function givenText(given: StepPlan['given'], mounts: StepPlan['mounts']): readonly string[] {
  const moved = mounts.filter(({ why }) => why === null).map(({ target }) => target)
  const got = [...given.map(({ cache }) => cache), ...moved]
  return got.length > 0 ? [`gets ${got.join(', ')}`] : []
}

function stepLines({ given, withheld, off, removed, mounts }: StepPlan): readonly string[] {
  return [
    ...givenText(given, mounts),
    ...(off ? ['switched off by a comment'] : []),
    ...withheld.map(withheldText),
    ...mounts.flatMap(({ target, why }) => (why ? [`cache mount ${target} ${STAYS[why]}`] : [])),
    ...removed.map((name) => `its own request for the device ${name} is taken out`),
  ]
}

/** What a Dockerfile gets, for a person. */
export function tellCheck(
  log: Log,
  name: string,
  { steps, off, removedOnbuild }: Rewriting,
  habits: readonly Habit[],
): void {
  const given = steps.filter((step) => givenText(step.given, step.mounts).length > 0).length
  log.heading(`${name}: ${given} of ${steps.length} steps get shared caches`)
  if (off) log.detail('A comment at its beginning switches them off')
  for (const step of steps) {
    log.plain(`line ${String(step.line).padEnd(5)}${step.summary}`)
    const lines = stepLines(step)
    for (const line of lines.length > 0 ? lines : ['nothing to get']) {
      log.plain(`          ${line}`)
    }
  }
  if (removedOnbuild.length > 0) log.plain('Requests for devices in ONBUILD are taken out')
  if (habits.length === 0) return
  log.heading('What defeats caching')
  for (const { line, habit, what } of habits) {
    log.plain(`line ${String(line).padEnd(5)}${HABIT[habit](what)}`)
    log.plain(`          ${REMEDY[habit]}`)
  }
}

/** The same as one document. */
export function checkData(name: string, rewriting: Rewriting, habits: readonly Habit[]): object {
  return {
    version: 1,
    file: name,
    changed: rewriting.edits.length > 0,
    off: rewriting.off,
    steps: rewriting.steps.map(({ line, summary, given, withheld, off, removed, mounts }) => ({
      line,
      step: summary,
      gets: given.map(({ cache }) => cache),
      left: withheld.map((each) => ({ ...each, text: withheldText(each) })),
      off,
      removed,
      cacheMounts: mounts
        .filter(({ why }) => why !== null)
        .map(({ id, target, why }) => ({ id, target, why })),
      movedMounts: mounts
        .filter(({ why }) => why === null)
        .map(({ id, target }) => ({ id, target })),
    })),
    habits: habits.map(({ line, habit, what }) => ({
      line,
      habit,
      what,
      remedy: REMEDY[habit],
    })),
  }
}

interface Hunk {
  /** Lines of the original, from 0, the last one not included. */
  readonly from: number
  readonly to: number
  readonly edits: readonly Edit[]
}

/** A diff in the unified form, without lines around it; '' where nothing changes. */
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
