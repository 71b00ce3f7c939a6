import { cacheNamed } from '../../catalogue/core/catalogue'
import { isNeeded } from '../../catalogue/core/image-units'
import {
  type BrowserFacts,
  type BrowserDirectories,
  browserDirectories,
  speaksOfBrowsers,
} from './playwright'
import { type BaseImage, deviceName } from '../../devices/core/cdi'
import { type Edit, applyEdits } from './edits'
import { type SharedMount, mountDevice } from '../../catalogue/core/cache-mounts'
import { deviceRequests } from './step-mounts'
import { type CacheMountRules, blockedIds } from './moved-cache-mounts'
import { type Dockerfile, parseDockerfile } from './parse'
import { neededCaches } from './needed'
import type { StepCalls } from '../../shell/core/call'
import { callsIn } from './step-calls'
import { type Stages, type RunStep, stagesOf } from './stages'
import type { BuildInput } from './decide-step'
import { type StepPlan, planStep, saysOff, withoutFlag } from './step'
import { toolOf } from './tools'

/** What is known about a build besides its Dockerfile. */
export interface BuildFacts {
  /** Caches that the app's builds use; none where they are turned off. */
  readonly caches: readonly string[]
  /** The group of the app, '' for none: it has caches of its own. */
  readonly group?: string
  /** What has to be known to keep browsers out of the image; null where they go into it. */
  readonly browsers: BrowserFacts | null
  /** Steps that emptied a cache in an earlier build: see `lossKey`. */
  readonly losses?: ReadonlySet<string>
  /** `--build-arg` of the build. */
  readonly buildArgs: ReadonlyMap<string, string>
  /** Architecture of the machine that builds, as Docker names it; '' where it is not known. */
  readonly architecture?: string
  /** Whether cache mounts of unknown tools move to shared storage too; `known` is the default. */
  readonly cacheMounts?: CacheMountRules['mode']
  /** Cache mounts that earlier builds had, by device. */
  readonly knownMounts?: CacheMountRules['known']
}

export interface Rewriting {
  readonly file: Dockerfile
  /** The file as it is built; the same text where nothing changes. */
  readonly text: string
  readonly edits: readonly Edit[]
  readonly steps: readonly StepPlan[]
  /** `# shared-cache: off` before the first instruction. */
  readonly off: boolean
  /** Base images that need devices of their own. */
  readonly bases: readonly BaseImage[]
  /** Base image of the last stage; null where it is not known. */
  readonly finalBase: BaseImage | null
  /** Base images of the other stages of the image, where what they get depends on the base. */
  readonly otherBases: readonly BaseImage[]
  /** The system whose directory the browsers go to; '' for browsers in the image, or none. */
  readonly browsers: string
  /** Whether the file itself sets the location of browsers. */
  readonly speaksOfBrowsers: boolean
  /** Cache mounts that are in shared storage. */
  readonly mounts: readonly SharedMount[]
  /** Names of all devices that the file requests. */
  readonly devices: readonly string[]
  /** Requests for cache devices that were removed from ONBUILD instructions. */
  readonly removedOnbuild: readonly string[]
}

/** ONBUILD runs in builds of other images: it gets no caches, and may not request any. */
function onbuildRequests(file: Dockerfile) {
  return file.instructions.flatMap(({ inner }) => (inner ? deviceRequests(inner.flags) : []))
}

/** Whether what a step gets, or could get, depends on the system of its base image. */
function dependsOnBase({ given, withheld }: StepPlan): boolean {
  return (
    given.some(({ cache }) => cacheNamed(cache).perSystem !== null) ||
    withheld.some(({ why }) => why === 'image')
  )
}

function basesOf(
  steps: readonly RunStep[],
  plans: readonly StepPlan[],
  isMeant: (stage: number) => boolean = () => true,
): readonly BaseImage[] {
  const bases = new Map<string, BaseImage>()
  steps.forEach(({ base, platform, stage }, index) => {
    const plan = plans[index]
    if (plan && isMeant(stage) && dependsOnBase(plan) && base !== null)
      bases.set(`${base} ${platform}`, { reference: base, platform })
  })
  return [...bases.values()]
}

/** Base images of the stages that the last stage needs, without its own. */
function otherBases(
  { steps, used }: Stages,
  plans: readonly StepPlan[],
  final: BaseImage | null,
): readonly BaseImage[] {
  return basesOf(steps, plans, (stage) => used.has(stage)).filter(
    ({ reference, platform }) => reference !== final?.reference || platform !== final.platform,
  )
}

function finalBase({ last }: Stages): BaseImage | null {
  return last?.reference == null ? null : { reference: last.reference, platform: last.platform }
}

/** Cache mounts in shared storage, moved now or when the file was rewritten earlier. */
function movedMounts(
  plans: readonly StepPlan[],
  { known }: CacheMountRules,
): readonly SharedMount[] {
  const moved = plans.flatMap(({ mounts, movedEarlier }) => [
    ...mounts.flatMap(({ shared, why }) => (shared && why === null ? [shared] : [])),
    ...movedEarlier.flatMap((device) => known.get(device) ?? []),
  ])
  return [...new Map(moved.map((mount) => [mountDevice(mount), mount])).values()]
}

/** Plans one step after the other: later steps build with what some tools download in earlier ones. */
function planInOrder(
  text: string,
  steps: readonly RunStep[],
  calls: readonly StepCalls[],
  input: BuildInput,
): readonly StepPlan[] {
  const byStage = new Map<number, ReadonlySet<string>>()
  return steps.map((step, at) => {
    const fetched = new Set(step.lineage.flatMap((stage) => [...(byStage.get(stage) ?? [])]))
    const plan = planStep(text, step, calls[at] as StepCalls, { ...input, fetched })
    const later = plan.given.map(({ cache }) => cache).filter((name) => toolOf(name).isNeededLater)
    byStage.set(step.stage, new Set([...(byStage.get(step.stage) ?? []), ...later]))
    return plan
  })
}

function directoryOfBrowsers(
  plans: readonly StepPlan[],
  steps: readonly RunStep[],
  directories: BrowserDirectories,
): string {
  const index = plans.findIndex(({ given }) => given.some(({ cache }) => isNeeded(cache)))
  const step = steps[index]
  return step ? directories(step.base, step.platform) : ''
}

/** Plans the steps, and again where cache mounts have to stay because others with the same ID stay. */
function planSteps(
  text: string,
  steps: readonly RunStep[],
  calls: readonly StepCalls[],
  input: BuildInput,
): readonly StepPlan[] {
  const plans = planInOrder(text, steps, calls, input)
  const { known } = input.cacheMounts
  const before = plans.flatMap((plan) => plan.movedEarlier.flatMap((name) => known.get(name) ?? []))
  const blocked = blockedIds(
    plans.flatMap((plan) => plan.mounts),
    before,
  )
  if (blocked.size === 0) return plans
  const cacheMounts = { ...input.cacheMounts, blocked }
  return planInOrder(text, steps, calls, { ...input, cacheMounts })
}

/**
 * Plans which caches each RUN step of a Dockerfile gets, and the edits that request them. Only flags
 * of RUN instructions change. Rewriting the result again changes nothing. Throws KnownError with what
 * is wrong for a file that BuildKit refuses too.
 */
export function planRewriting(text: string, facts: BuildFacts): Rewriting {
  const file = parseDockerfile(text)
  const stages = stagesOf(file, facts)
  const { steps } = stages
  const calls = steps.map((step) => callsIn(step.instruction, step))
  const off = file.instructions[0]?.comments.some(saysOff) === true
  const final = finalBase(stages)
  const speaks = speaksOfBrowsers(file, steps, calls)
  const directories = browserDirectories(speaks ? null : facts.browsers, final)
  const input: BuildInput = {
    caches: off ? [] : facts.caches,
    needed: neededCaches(file, stages, calls),
    device: (cache, base, platform) =>
      deviceName(cache, base, platform, {
        group: facts.group,
        generation: facts.browsers?.generation,
      }),
    browserDirectories: directories,
    losses: facts.losses ?? new Set(),
    cacheMounts: {
      mode: off ? 'known' : (facts.cacheMounts ?? 'known'),
      namespace: facts.buildArgs.get('BUILDKIT_CACHE_MOUNT_NS') ?? '',
      known: facts.knownMounts ?? new Map(),
      blocked: new Map(),
    },
  }
  const plans = planSteps(text, steps, calls, input)
  const mounts = movedMounts(plans, input.cacheMounts)
  const given = plans.flatMap((plan) => plan.given.map(({ device }) => device))
  const onbuild = onbuildRequests(file)
  const edits = [
    ...plans.flatMap((plan) => plan.edits),
    ...onbuild.map(({ flag }) => withoutFlag(text, flag.start, flag.end)),
  ].sort((one, other) => one.start - other.start)
  return {
    file,
    text: applyEdits(text, edits),
    edits,
    steps: plans,
    off,
    bases: basesOf(steps, plans),
    finalBase: final,
    otherBases: otherBases(stages, plans, final),
    browsers: directoryOfBrowsers(plans, steps, directories),
    speaksOfBrowsers: speaks,
    mounts,
    devices: [...new Set([...given, ...mounts.map(mountDevice)])].sort(),
    removedOnbuild: onbuild.map(({ name }) => name || '*'),
  }
}
