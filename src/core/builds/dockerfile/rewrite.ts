import { type CacheSpec, CATALOGUE, cacheNamed } from '../../caches/catalogue'
import { type BaseImage, deviceName } from '../cdi'
import { type Edit, applyEdits } from './edits'
import { requestsOf } from './mounts'
import { type Dockerfile, type Instruction, parseDockerfile } from './parse'
import { touches } from './places'
import { type Step, lastBase, stepsOf } from './stages'
import { type StepPlan, planStep, saysOff, withoutFlag } from './step'
import { toolOf } from './tools'

/** What a build has from outside the file. */
export interface BuildFacts {
  /** Caches that the app has; none for an app whose builds are left alone. */
  readonly caches: readonly string[]
  /** Whether browsers may stay out of the image: the app's containers find them in the mount. */
  readonly browsersOutside: boolean
  /** `--build-arg` of the build. */
  readonly buildArgs: ReadonlyMap<string, string>
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

/** Caches whose files an instruction takes: they have to be in the image for it. */
function copiedCaches(file: Dockerfile, steps: readonly Step[]): ReadonlySet<string> {
  const paths = file.instructions.flatMap(pathsFromStages).filter((path) => !/^\/?\.?$/.test(path))
  const taken = (cache: CacheSpec) =>
    paths.some((path) =>
      [new Map(), ...steps.map((step) => step.variables)].some((variables) =>
        touches(cache, toolOf(cache.name), path, variables),
      ),
    )
  return new Set(CATALOGUE.filter(taken).map((cache) => cache.name))
}

/** An ONBUILD runs in the builds of others: it is never given anything, and may ask for nothing. */
function onbuildRequests(file: Dockerfile) {
  return file.instructions.flatMap(({ inner }) => (inner ? requestsOf(inner.flags) : []))
}

function basesOf(steps: readonly Step[], plans: readonly StepPlan[]): readonly BaseImage[] {
  const bases = new Map<string, BaseImage>()
  steps.forEach(({ base, platform }, index) => {
    const built =
      plans[index]?.gifts.some((gift) => cacheNamed(gift.cache).perSystem !== null) === true
    if (built && base !== null) bases.set(`${base} ${platform}`, { reference: base, platform })
  })
  return [...bases.values()]
}

function finalBase(file: Dockerfile, { buildArgs }: BuildFacts): BaseImage | null {
  const base = lastBase(file, buildArgs)
  return base?.reference == null ? null : { reference: base.reference, platform: base.platform }
}

/**
 * What becomes of a Dockerfile: for each RUN step which caches it gets, and the edits that ask for
 * them. Nothing but flags of RUN instructions changes. Rewriting the result once more changes
 * nothing. Throws KnownError, its message what is wrong, for a file that BuildKit refuses too.
 */
export function planRewriting(text: string, facts: BuildFacts): Rewriting {
  const file = parseDockerfile(text)
  const steps = stepsOf(file, facts.buildArgs)
  const off = file.instructions[0]?.comments.some(saysOff) === true
  const context = {
    caches: off ? [] : facts.caches,
    copied: copiedCaches(file, steps),
    device: deviceName,
    browsersOutside: facts.browsersOutside,
  }
  const plans = steps.map((step) => planStep(text, step, context))
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
    finalBase: finalBase(file, facts),
    devices: [...new Set(plans.flatMap((plan) => plan.gifts.map((gift) => gift.device)))].sort(),
    removedOnbuild: onbuild.map(({ name }) => name || '*'),
  }
}
