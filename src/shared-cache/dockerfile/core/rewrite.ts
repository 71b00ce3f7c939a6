import { type CacheSpec, CATALOGUE, cacheNamed } from '../../catalogue/core/catalogue'
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
import { type Dockerfile, type Instruction, parseDockerfile } from './parse'
import { touches } from './cache-locations'
import { callsIn } from './shell'
import { type Stages, type RunStep, stagesOf } from './stages'
import type { BuildInput } from './decide'
import { type StepPlan, planStep, saysOff, withoutFlag } from './step'
import { judge, toolOf } from './tools'

/** What a build has from outside the file. */
export interface BuildFacts {
  /** Caches that the app has; none for an app whose builds are left alone. */
  readonly caches: readonly string[]
  /** The group of the app, '' for none: it has caches of its own. */
  readonly group?: string
  /** What has to be known for browsers to stay out of the image; null where they go into it. */
  readonly browsers: BrowserFacts | null
  /** `--build-arg` of the build. */
  readonly buildArgs: ReadonlyMap<string, string>
  /** Of the machine that builds, for itself, as Docker names it; '' where that is not known. */
  readonly architecture?: string
  /** Whether cache mounts of anything else move to shared storage too: `known` unless it says. */
  readonly cacheMounts?: CacheMountRules['mode']
  /** Those that builds were given before, by device. */
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
  /** Base images whose devices the file asks for now. */
  readonly bases: readonly BaseImage[]
  /** What the last stage begins with, which is the image; null where that is not known. */
  readonly finalBase: BaseImage | null
  /** What the other stages of the image begin with, where what they get depends on it. */
  readonly otherBases: readonly BaseImage[]
  /** The system whose directory its browsers go to; '' where they go into the image, if anywhere. */
  readonly browsers: string
  /** Whether the file says itself where browsers are. */
  readonly speaksOfBrowsers: boolean
  /** Cache mounts that it has from shared storage now. */
  readonly mounts: readonly SharedMount[]
  /** Names of all devices that it asks for. */
  readonly devices: readonly string[]
  /** Requests for our devices that were taken out of ONBUILD instructions. */
  readonly removedOnbuild: readonly string[]
}

/** Paths inside other stages or images that an instruction copies or mounts. */
function pathsFromStages({ keyword, flags, args }: Instruction): readonly string[] {
  if (keyword === 'RUN') {
    return flags.flatMap((flag) => {
      const value = flag.value ?? ''
      if (flag.name !== 'mount' || !/(?:^|,)from=/i.test(value)) return []
      const [, source] = /(?:^|,)(?:source|src)=([^,]+)/i.exec(value) ?? []
      return source === undefined || /(?:^|,)type=cache/i.test(value) ? [] : [source]
    })
  }
  if (keyword !== 'COPY' || !flags.some((flag) => flag.name === 'from')) return []
  const words = args.replace(/^\[|\]$/g, '').split(/[\s,]+/)
  return words.map((word) => word.replace(/^"|"$/g, '')).slice(0, -1)
}

/** Whether the image's own command calls a tool that then wants what was fetched. */
function isCommanded(cache: CacheSpec, { instructions }: Dockerfile): boolean {
  const row = toolOf(cache.name)
  return instructions
    .filter(({ keyword }) => row.isNeededLater && ['CMD', 'ENTRYPOINT'].includes(keyword))
    .some((command) => callsIn(command, true).some((call) => judge(row, call) === 'uses'))
}

/** Caches whose files an instruction takes or needs: they have to be in the image for it. */
function copiedCaches(file: Dockerfile, steps: readonly RunStep[]): ReadonlySet<string> {
  const paths = file.instructions.flatMap(pathsFromStages).filter((path) => !/^\/?\.?$/.test(path))
  const taken = (cache: CacheSpec) =>
    paths.some((path) =>
      [new Map(), ...steps.map((step) => step.variables)].some((variables) =>
        touches(cache, toolOf(cache.name), path, variables),
      ),
    )
  const kept = CATALOGUE.filter((cache) => taken(cache) || isCommanded(cache, file))
  return new Set(kept.map((cache) => cache.name))
}

/** An ONBUILD runs in the builds of others: it is never given anything, and may ask for nothing. */
function onbuildRequests(file: Dockerfile) {
  return file.instructions.flatMap(({ inner }) => (inner ? deviceRequests(inner.flags) : []))
}

/** Whether a step has, or would have, something that depends on the system of its base. */
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

/** Of the stages that the image is made with, all but what it begins with itself. */
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

/** Cache mounts that steps have from shared storage, moved now or when the file was rewritten before. */
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

/** Plans one step after the other: what some tools fetch in one is what later ones build with. */
function planInOrder(
  text: string,
  steps: readonly RunStep[],
  input: BuildInput,
): readonly StepPlan[] {
  const byStage = new Map<number, ReadonlySet<string>>()
  return steps.map((step) => {
    const fetched = new Set(step.lineage.flatMap((stage) => [...(byStage.get(stage) ?? [])]))
    const plan = planStep(text, step, { ...input, fetched })
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

/** Plans the steps, and once more where mounts have to stay for the sake of others. */
function planSteps(
  text: string,
  steps: readonly RunStep[],
  input: BuildInput,
): readonly StepPlan[] {
  const plans = planInOrder(text, steps, input)
  const { known } = input.cacheMounts
  const before = plans.flatMap((plan) => plan.movedEarlier.flatMap((name) => known.get(name) ?? []))
  const blocked = blockedIds(
    plans.flatMap((plan) => plan.mounts),
    before,
  )
  if (blocked.size === 0) return plans
  const cacheMounts = { ...input.cacheMounts, blocked }
  return planInOrder(text, steps, { ...input, cacheMounts })
}

/**
 * What becomes of a Dockerfile: for each RUN step which caches it gets, and the edits that ask for
 * them. Nothing but flags of RUN instructions changes. Rewriting the result once more changes
 * nothing. Throws KnownError, its message what is wrong, for a file that BuildKit refuses too.
 */
export function planRewriting(text: string, facts: BuildFacts): Rewriting {
  const file = parseDockerfile(text)
  const stages = stagesOf(file, facts)
  const { steps } = stages
  const off = file.instructions[0]?.comments.some(saysOff) === true
  const final = finalBase(stages)
  const speaks = speaksOfBrowsers(file, steps)
  const directories = browserDirectories(speaks ? null : facts.browsers, final)
  const input: BuildInput = {
    caches: off ? [] : facts.caches,
    copied: copiedCaches(file, steps),
    device: (cache, base, platform) =>
      deviceName(cache, base, platform, {
        group: facts.group,
        generation: facts.browsers?.generation,
      }),
    browserDirectories: directories,
    cacheMounts: {
      mode: off ? 'known' : (facts.cacheMounts ?? 'known'),
      namespace: facts.buildArgs.get('BUILDKIT_CACHE_MOUNT_NS') ?? '',
      known: facts.knownMounts ?? new Map(),
      blocked: new Map(),
    },
  }
  const plans = planSteps(text, steps, input)
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
