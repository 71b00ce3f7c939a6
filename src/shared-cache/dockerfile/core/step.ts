import { digest } from '../../../foundation/core/digest'
import { CATALOGUE } from '../../catalogue/core/catalogue'
import { judge } from './judge'
import { toolOf } from './tools'
import { type BuildInput, type GivenCache, type WithheldCache, decide } from './decide-step'
import type { Edit } from './edits'
import {
  type StepMount,
  type DeviceRequest,
  deviceFlag,
  mountsOf,
  deviceRequests,
} from './step-mounts'
import {
  type CacheMountPlan,
  earlierRequests,
  earlierMounts,
  movedMountEdits,
  planCacheMounts,
} from './moved-cache-mounts'
import type { Call, StepCalls } from '../../shell/core/call'
import type { Instruction } from './parse'
import type { RunStep } from './stages'
import { summarize } from './summary'

/** What one RUN step gets, and the edits of its text for that. */
export interface StepPlan {
  readonly line: number
  /** The step without its place in the file. */
  readonly key: string
  readonly calls: readonly Call[]
  /** The step in a few words. */
  readonly summary: string
  readonly given: readonly GivenCache[]
  readonly withheld: readonly WithheldCache[]
  /** Calls that turn a cache off which another call of the step uses. */
  readonly bypassing: readonly string[]
  /** Caches that are switched off for the app, and that the step could use. */
  readonly switchedOff: readonly string[]
  /** Cache mounts that no package manager's cache replaces: some move to shared storage, some stay. */
  readonly mounts: readonly CacheMountPlan[]
  /** Requests for cache mounts that moved when the file was rewritten earlier. */
  readonly movedEarlier: readonly string[]
  /** Requests for cache devices in the file itself, which are removed. */
  readonly removed: readonly string[]
  /** `# shared-cache: off` */
  readonly off: boolean
  readonly edits: readonly Edit[]
}

/** The edit that removes a flag between two places, and the white space after it. */
export function withoutFlag(text: string, start: number, end: number): Edit {
  let behind = end
  while (/[ \t]/.test(text.charAt(behind))) behind++
  // At the end of a line the space stays: the continuation needs it.
  const lineEnds = /[\\`\r\n]/.test(text.charAt(behind)) || behind >= text.length
  return { start, end: lineEnds ? end : behind, text: '' }
}

function editsOf(
  text: string,
  { instruction }: RunStep,
  given: readonly GivenCache[],
  replaced: readonly StepMount[],
  kept: readonly DeviceRequest[],
  dropped: readonly DeviceRequest[],
): readonly Edit[] {
  const missing = given.filter(
    ({ device, forMount }) => !kept.some((r) => r.name === device && r.forMount === forMount),
  )
  const added = missing.map(({ device, forMount }) => deviceFlag(device, forMount)).join(' ')
  const flags = [...replaced, ...dropped]
    .map((each) => each.flag)
    .sort((one, other) => one.start - other.start)
  const [first, ...more] = flags
  const rest = more.map(({ start, end }) => withoutFlag(text, start, end))
  if (!first) {
    const at = instruction.bodyStart
    return added === '' ? [] : [{ start: at, end: at, text: `${added} ` }]
  }
  const { start, end } = first
  return [added === '' ? withoutFlag(text, start, end) : { start, end, text: added }, ...rest]
}

/** Whether a comment turns the caches off. */
export function saysOff(comment: string): boolean {
  return /^shared-cache:\s*off$/i.test(comment)
}

/** What a step runs, as a short text. */
function stepKey({ args, heredocs }: Instruction): string {
  return digest([args, ...heredocs.map(({ content }) => content)].join('\n'))
}

/** Caches that a step could use and that are not among those of the app. */
function switchedOff(
  { calls }: StepCalls,
  mounts: readonly CacheMountPlan[],
  on: readonly string[],
): readonly string[] {
  const uses = (name: string) =>
    calls.some((call) => !call.uncertain && judge(toolOf(name), call.words) === 'uses')
  return CATALOGUE.map(({ name }) => name).filter(
    (name) =>
      !on.includes(name) &&
      // sccache is a choice of its own: what it keeps depends on the compiler.
      name !== 'sccache' &&
      (uses(name) || mounts.some(({ cache }) => cache === name)),
  )
}

/** Plans what a step gets. The same step and input always give the same plan. */
export function planStep(
  text: string,
  step: RunStep,
  calls: StepCalls,
  input: BuildInput,
): StepPlan {
  const { instruction } = step
  const off = step.comments.some(saysOff)
  const requests = deviceRequests(instruction.flags)
  const before = off ? [] : earlierRequests(requests, input.cacheMounts)
  const mounts = [...mountsOf(instruction.flags), ...earlierMounts(before, input.cacheMounts)]
  const key = stepKey(instruction)
  const facts = { step, key, calls, mounts, requests, input }
  const decisions = off ? [] : input.caches.map((name) => decide(facts, name))
  const given = decisions.flatMap(({ given }) => (given ? [given] : []))
  const replaced = decisions.flatMap((decision) => decision.replaced)
  const others = mounts.filter((mount) => !replaced.includes(mount))
  const mountPlans = planCacheMounts(step, others, off, input.cacheMounts)
  const kept = given.flatMap(({ device, forMount }) => {
    const same = (r: DeviceRequest) => r.plain && r.name === device && r.forMount === forMount
    return requests.filter(same).slice(0, 1)
  })
  const dropped = requests.filter((each) => !kept.includes(each) && !before.includes(each))
  return {
    line: instruction.line,
    key,
    calls: calls.calls.filter(({ uncertain }) => !uncertain),
    summary: summarize(step),
    given,
    withheld: decisions.flatMap(({ withheld }) => (withheld ? [withheld] : [])),
    bypassing: decisions.flatMap(({ bypassing }) => bypassing),
    switchedOff:
      off || input.caches.length === 0 ? [] : switchedOff(calls, mountPlans, input.caches),
    mounts: mountPlans,
    movedEarlier: before.map(({ name }) => name),
    removed: dropped.map((request) => request.name || '*'),
    off,
    edits: [...editsOf(text, step, given, replaced, kept, dropped), ...movedMountEdits(mountPlans)],
  }
}
