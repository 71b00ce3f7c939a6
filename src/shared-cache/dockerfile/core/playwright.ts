import { cacheNamed } from '../../catalogue/core/catalogue'
import { type KnownBase, findBase } from '../../devices/core/bases'
import type { BaseImage } from '../../devices/core/cdi'
import type { Dockerfile, Instruction } from './parse'
import { touches } from './cache-locations'
import type { StepCalls } from '../../shell/core/call'
import type { RunStep } from './stages'
import { toolOf } from './tools'

/**
 * A running app needs its browsers and does not download them. So a build keeps them out of the image
 * only where the app's containers will find them: on a base image whose system is known and that does
 * not set the location of browsers.
 */
export interface BrowserFacts {
  /** Part of the device's name that changes when browsers are removed; '' where it is not known. */
  readonly generation: string
  readonly bases: readonly KnownBase[]
  /** Whether the app's containers look for browsers in the directory of a system. */
  readonly seenIn: (system: string) => boolean
}

/** The system whose directory browsers go to in a stage; '' where they stay in the image. */
export type BrowserDirectories = (base: string | null, platform: string) => string

const SPEAKS = /ms-playwright|PLAYWRIGHT_BROWSERS_PATH/

function texts({ args, heredocs, inner }: Instruction): readonly string[] {
  return [args, ...heredocs.map((doc) => doc.content), ...(inner ? texts(inner) : [])]
}

/** Whether a file itself sets the location of browsers, or does something with their directory. */
export function speaksOfBrowsers(
  file: Dockerfile,
  steps: readonly RunStep[],
  calls: readonly StepCalls[],
): boolean {
  if (file.instructions.flatMap(texts).some((text) => SPEAKS.test(text))) return true
  const cache = cacheNamed('playwright')
  return steps.some(({ variables }, at) =>
    calls[at]?.calls.some(({ words }) =>
      words
        .slice(1)
        .some(
          (word) => /^[/~$]./.test(word) && touches(cache, toolOf(cache.name), word, variables),
        ),
    ),
  )
}

/** Where the browsers of each stage go, for an image whose last stage has the base `final`. */
export function browserDirectories(
  facts: BrowserFacts | null,
  final: BaseImage | null,
): BrowserDirectories {
  const stay = () => ''
  if (!facts || !final || facts.generation === '') return stay
  const base = findBase(facts.bases, final)
  const system = base?.plain === true ? base.system : ''
  if (system === '' || !facts.seenIn(system)) return stay
  return (reference, platform) => {
    const own = reference === null ? undefined : findBase(facts.bases, { reference, platform })
    return own?.system === system && own.plain ? system : ''
  }
}
