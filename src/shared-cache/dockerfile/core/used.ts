import { mountsOf } from './step-mounts'
import type { Instruction } from './parse'

/** The stages or images that an instruction copies or mounts files from, by name or number. */
export function takenFrom({ keyword, flags }: Instruction): readonly string[] {
  if (keyword === 'RUN') return mountsOf(flags).flatMap(({ from }) => (from === '' ? [] : [from]))
  if (keyword !== 'COPY') return []
  return flags.flatMap(({ name, value }) => (name === 'from' && value ? [value] : []))
}

/**
 * Numbers of the stages that the last one needs, itself included, from what each stage needs. BuildKit
 * skips the others (https://docs.docker.com/build/building/multi-stage/) and does not pull their images.
 */
export function usedStages(needs: readonly (readonly number[])[]): ReadonlySet<number> {
  const used = new Set<number>()
  const add = (index: number) => {
    if (index < 0 || used.has(index)) return
    used.add(index)
    for (const needed of needs[index] ?? []) add(needed)
  }
  add(needs.length - 1)
  return used
}
