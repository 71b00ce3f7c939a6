import type { Dockerfile, Instruction } from './parse'
import { takenFrom, usedStages } from './used'
import {
  assignments,
  expand,
  expandOwn,
  joinPath,
  plainWords,
  platformArgs,
  type Variables,
} from './variables'

/** A RUN instruction, and what is known where it runs. */
export interface RunStep {
  readonly instruction: Instruction
  /**
   * The base image of the stage, variables replaced; null where it is not known before the build, and
   * for `scratch`, which may be filled with any system.
   */
  readonly base: string | null
  /** The `--platform` of that FROM as it is written, '' without one. */
  readonly platform: string
  /** Values of ENV and ARG at this step. */
  readonly variables: Variables
  /** Whether a known shell reads its shell form (SHELL). */
  readonly shell: boolean
  /** Index of its stage. */
  readonly stage: number
  /** Indices of the stages that its stage is based on, its own last. */
  readonly lineage: readonly number[]
  /** Comments since the last step of this stage. */
  readonly comments: readonly string[]
  /** WORKDIR at this step; null where the base image sets it, or it is not known. */
  readonly workdir: string | null
  /** USER at this step, as it is written; '' where the base image sets it. */
  readonly user: string
}

interface Stage {
  readonly base: string | null
  readonly platform: string
  readonly env: ReadonlyMap<string, string | null>
  readonly shell: boolean
  readonly workdir: string | null
  readonly user: string
  readonly lineage: readonly number[]
}

const SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a|z|k)?sh$/

/** What is known about a build besides its file. */
export interface Outside {
  readonly buildArgs?: ReadonlyMap<string, string>
  /** Architecture of the machine that builds, as Docker names it; '' where it is not known. */
  readonly architecture?: string
}

/** The state while a file is read, instruction by instruction. */
class Reader {
  private readonly buildArgs: ReadonlyMap<string, string>
  private readonly globals: Map<string, string | null>
  private readonly named = new Map<string, number>()
  private readonly stages: Stage[] = []
  /** For each stage the numbers of the stages that it copies from or is based on. */
  readonly needs: number[][] = []
  readonly variablesAt = new Map<Instruction, Variables>()
  private args = new Map<string, string | null>()
  private env = new Map<string, string | null>()
  private shell = true
  private comments: string[] = []
  private workdir: string | null = null
  private user = ''
  readonly steps: RunStep[] = []

  constructor({ buildArgs = new Map(), architecture = '' }: Outside) {
    this.buildArgs = buildArgs
    const given = [...platformArgs(architecture)].map(
      ([name, value]) => [name, buildArgs.get(name) ?? value] as const,
    )
    this.globals = new Map(given)
  }

  read(instruction: Instruction): void {
    this.comments.push(...instruction.comments)
    this.needs.at(-1)?.push(...takenFrom(instruction).flatMap((name) => this.numberOf(name)))
    this.variablesAt.set(instruction, this.scope(this.stages.length > 0))
    switch (instruction.keyword) {
      case 'FROM':
        this.from(instruction)
        break
      case 'ARG':
        this.arg(instruction)
        break
      case 'ENV':
        for (const [name, value] of assignments(instruction.args)) {
          this.env.set(name, expand(value ?? '', this.variables()))
        }
        break
      case 'SHELL':
        this.shell = SHELLS.test(/^\[\s*"([^"]*)"/.exec(instruction.args)?.[1] ?? '')
        break
      case 'WORKDIR':
        this.chdir(plainWords(instruction.args).join(' '))
        break
      case 'USER':
        this.user = plainWords(instruction.args)[0] ?? ''
        break
      case 'RUN':
        this.run(instruction)
        break
    }
  }

  last() {
    const stage = this.stages.at(-1)
    return stage && { reference: stage.base, platform: stage.platform }
  }

  /** The number of an earlier stage by its name or number; none for an image. */
  private numberOf(name: string): readonly number[] {
    const number = this.named.get(name.toLowerCase()) ?? (/^\d+$/.test(name) ? Number(name) : -1)
    return number >= 0 && number < this.stages.length - 1 ? [number] : []
  }

  /** ENV overrides ARG of the same name. */
  private variables(): Variables {
    return new Map([...this.args, ...this.env])
  }

  private run(instruction: Instruction): void {
    const stage = this.stages.at(-1)
    this.steps.push({
      instruction,
      base: stage?.base ?? null,
      platform: stage?.platform ?? '',
      variables: this.variables(),
      shell: this.shell,
      stage: this.stages.length - 1,
      lineage: stage?.lineage ?? [],
      comments: this.comments,
      workdir: this.workdir,
      user: this.user,
    })
    this.comments = []
  }

  private chdir(path: string): void {
    this.workdir = joinPath(this.workdir, expandOwn(path, this.variables()))
  }

  private from({ flags, args }: Instruction): void {
    // A stage that is based on this one starts with its state at the end.
    this.close()
    const [image = '', as, name = ''] = plainWords(args)
    const reference = expand(image, this.globals)
    const number = this.named.get(image.toLowerCase()) ?? -1
    const parent = this.stages[number]
    this.needs.push(parent ? [number] : [])
    const platform = flags.find((flag) => flag.name === 'platform')?.value ?? ''
    const stage: Stage = parent ?? {
      base: reference === 'scratch' || reference === '' ? null : reference,
      platform,
      env: new Map(),
      shell: true,
      workdir: null,
      user: '',
      lineage: [],
    }
    this.stages.push({ ...stage, lineage: [...stage.lineage, this.stages.length] })
    if (as?.toUpperCase() === 'AS') this.named.set(name.toLowerCase(), this.stages.length - 1)
    this.env = new Map(stage.env)
    this.args = new Map()
    this.shell = stage.shell
    this.workdir = stage.workdir
    this.user = stage.user
    this.comments = []
  }

  private close(): void {
    const last = this.stages.pop()
    if (last)
      this.stages.push({
        ...last,
        env: this.env,
        shell: this.shell,
        workdir: this.workdir,
        user: this.user,
      })
  }

  private arg({ args }: Instruction): void {
    const inStage = this.stages.length > 0
    for (const [name, fallback] of assignments(args)) {
      const given = this.buildArgs.get(name)
      const own = fallback === undefined ? undefined : expand(fallback, this.scope(inStage))
      const inherited = this.globals.get(name)
      const value = given ?? (own === undefined ? (inherited ?? null) : own)
      if (inStage) this.args.set(name, value)
      else this.globals.set(name, value)
    }
  }

  private scope(inStage: boolean): Variables {
    return inStage ? this.variables() : new Map(this.globals)
  }
}

/** The stages of a file. */
export interface Stages {
  /** The RUN steps in their order. */
  readonly steps: readonly RunStep[]
  /** Base image of the last stage; undefined for a file without a stage. */
  readonly last: { readonly reference: string | null; readonly platform: string } | undefined
  /** Numbers of the stages that the last one needs, itself included. */
  readonly used: ReadonlySet<number>
  /** Values of ENV and ARG in front of each instruction. */
  readonly variablesAt: ReadonlyMap<Instruction, Variables>
}

/** Reads a file from its first instruction to its last. */
export function stagesOf(file: Dockerfile, outside: Outside = {}): Stages {
  const reader = new Reader(outside)
  for (const instruction of file.instructions) reader.read(instruction)
  const { steps, variablesAt } = reader
  return { steps, last: reader.last(), used: usedStages(reader.needs), variablesAt }
}
