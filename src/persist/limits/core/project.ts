import { digest } from '../../../foundation/core/digest'

/** IDs of this plugin: far above those that people choose, and below 2^31. */
export const FIRST_PROJECT = 1_500_000_000
const PROJECTS = 500_000_000

/** Whether a project ID is one of this plugin. */
export function isOurProject(id: number): boolean {
  return id >= FIRST_PROJECT && id < FIRST_PROJECT + PROJECTS
}

/**
 * The project ID of a volume: the same for the same name, unless another volume has it. Then the next
 * free one. `taken` are the IDs of the other volumes.
 */
export function projectId(entry: string, taken: ReadonlySet<number>): number {
  const first = Number(BigInt(`0x${digest(entry)}`) % BigInt(PROJECTS))
  for (let step = 0; step < PROJECTS; step += 1) {
    const id = FIRST_PROJECT + ((first + step) % PROJECTS)
    if (!taken.has(id)) return id
  }
  throw new Error('no project ID is free')
}
