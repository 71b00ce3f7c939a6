import type { Task } from '../../package-managers/core/task'
import type { RemovalStep } from '../../package-managers/core/steps'
import { sourceOf } from '../../package-managers/uv/core/units'
import type { DirectoryWalker } from '../../../foundation/files/walker'
import { stepFor } from '../../package-managers/host/file'

type Phases = readonly (readonly RemovalStep[])[]

/** What uv keeps beside a link into an archive. */
export function besides(link: string): readonly string[] {
  return ['http', 'rev', 'msgpack'].map((end) => `${link}.${end}`)
}

/**
 * What removes a damaged entry so that the tool misses it, and makes it again: together with what it
 * would otherwise still lead to, in the order of a prune. `own` removes the entry itself.
 */
export function phasesFor({ check, path }: Task, own: RemovalStep, way: DirectoryWalker): Phases {
  const steps = (...paths: string[]) => paths.flatMap((other) => stepFor(way, other) ?? [])
  if (check === 'crate') {
    const unpacked = path.replace(/^registry\/cache\//, 'registry/src/').replace(/\.crate$/, '')
    return [steps(unpacked), [own]]
  }
  if (check === 'module') {
    const [, module = '', version = ''] =
      /^mod\/cache\/download\/(.+)\/@v\/(.+)\.zip$/.exec(path) ?? []
    const hash = path.replace(/\.zip$/, '.ziphash')
    return [steps(`mod/${module}@${version}`), [own, ...steps(hash)]]
  }
  if (check === 'head') return [[own], steps(`${path}.body`)]
  const source = sourceOf(path)
  if (check === 'wheel') return [steps(source ?? path.slice(0, path.lastIndexOf('/')))]
  if (check === 'link') {
    return [source === undefined ? [own, ...steps(...besides(path))] : steps(source)]
  }
  // What leads to an archive comes first; it is looked for once all is checked.
  return check === 'archive' ? [[], [own]] : [[own]]
}
