import { mountsOf } from './mounts'
import type { Dockerfile, Instruction } from './parse'

/** The stages or images that an instruction takes files of, by name or number. */
function takenFrom({ keyword, flags }: Instruction): readonly string[] {
  if (keyword === 'RUN') return mountsOf(flags).flatMap(({ from }) => (from === '' ? [] : [from]))
  if (keyword !== 'COPY') return []
  return flags.flatMap(({ name, value }) => (name === 'from' && value ? [value] : []))
}

/** For each stage the names and numbers of those that it needs; also all names, by number. */
function readStages({ instructions }: Dockerfile) {
  const names = new Map<string, number>()
  const needs: number[][] = []
  const indexOf = (name: string) => {
    const index = names.get(name.toLowerCase()) ?? (/^\d+$/.test(name) ? Number(name) : -1)
    // Stages before this one alone: another name is that of an image.
    return index >= 0 && index < needs.length - 1 ? [index] : []
  }
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') {
      const [image = '', as = '', name = ''] = instruction.args.trim().split(/\s+/)
      needs.push([])
      const parent = names.get(image.toLowerCase())
      if (parent !== undefined) needs.at(-1)?.push(parent)
      if (as.toUpperCase() === 'AS') names.set(name.toLowerCase(), needs.length - 1)
    } else needs.at(-1)?.push(...takenFrom(instruction).flatMap(indexOf))
  }
  return needs
}

/**
 * Numbers of the stages that the last one needs, itself among them: BuildKit leaves the others out
 * (https://docs.docker.com/build/building/multi-stage/), and does not even fetch their images.
 */
export function usedStages(file: Dockerfile): ReadonlySet<number> {
  const needs = readStages(file)
  const used = new Set<number>()
  const add = (index: number) => {
    if (index < 0 || used.has(index)) return
    used.add(index)
    for (const needed of needs[index] ?? []) add(needed)
  }
  add(needs.length - 1)
  return used
}
