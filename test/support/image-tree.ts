import { createHash } from 'node:crypto'
import type { Entry, Tree } from '../../src/persist/image-updates/core/manifest'
import { type Current, candidates, parentOf } from '../../src/persist/image-updates/core/merge'
import type { State, Step } from '../../src/persist/image-updates/core/step'

export const sha256 = (content: string | Buffer) =>
  createHash('sha256').update(content).digest('hex')

const common = { uid: 0, gid: 0 }

/** A file with this content. */
export function file(content: string, given: Partial<Entry> = {}): Entry {
  const hash = sha256(content)
  return { type: 'file', hash, ...common, mode: 0o644, size: content.length, ...given }
}

export function directory(given: Partial<Entry> = {}): Entry {
  return { type: 'directory', hash: '', ...common, mode: 0o755, size: 0, ...given }
}

export function link(target: string, given: Partial<Entry> = {}): Entry {
  return { type: 'link', hash: target, ...common, mode: 0o777, size: 0, ...given }
}

/** A tree with the directories above its entries. */
export function tree(entries: Readonly<Record<string, Entry>>): Map<string, Entry> {
  const made = new Map<string, Entry>([['', directory()]])
  for (const [path, entry] of Object.entries(entries)) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) {
      const above = parts.slice(0, depth).join('/')
      if (!made.has(above)) made.set(above, directory())
    }
    made.set(path, entry)
  }
  return made
}

/** The state of a path in a volume, as the root helper reports it. */
function stateOf(volume: Tree, path: string, largest: number): State | null {
  const entry = volume.get(path)
  if (!entry) return null
  const isLarge = entry.type === 'file' && entry.size > largest
  const names = [...volume.keys()].filter((one) => one !== '' && parentOf(one) === path).length
  return {
    ...entry,
    hash: isLarge ? '' : entry.hash,
    names: entry.type === 'directory' ? names : 0,
  }
}

/** The state of all paths that a merge asks for. */
export function currentOf(volume: Tree, bases: readonly Tree[], next: Tree): Current {
  const asked = [...candidates(bases, next)]
  return new Map(asked.map(([path, largest]) => [path, stateOf(volume, path, largest)]))
}

/** Applies a step as the root helper would. Throws if the plan was wrong about the volume. */
export function applyStep(volume: Map<string, Entry>, step: Step): void {
  const { path } = step
  const found = volume.get(path) ?? null
  const expected = step.kind === 'mkdir' ? null : step.expected
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`unexpected: ${path}`)
  if (volume.get(parentOf(path))?.type !== 'directory') throw new Error(`no directory for ${path}`)
  if (step.kind === 'remove' || step.kind === 'rmdir') {
    const isEmpty = ![...volume.keys()].some((one) => one.startsWith(`${path}/`))
    if ((step.kind === 'rmdir') !== (found?.type === 'directory') || !isEmpty) {
      throw new Error(`cannot remove ${path}`)
    }
    volume.delete(path)
    return
  }
  const isPut = step.kind === 'write' || step.kind === 'link'
  if (isPut && found?.type === 'directory') throw new Error(`a directory is in the way: ${path}`)
  volume.set(path, step.wanted)
}
