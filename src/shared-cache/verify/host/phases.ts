import type { Task } from '../../package-managers/core/task'
import type { RemovalStep } from '../../package-managers/core/steps'
import { sourceOf } from '../../package-managers/uv/core/prune-units'
import type { DirectoryWalker } from '../../../foundation/files/walker'
import { stepFor } from '../../package-managers/host/file'

type Phases = readonly (readonly RemovalStep[])[]

/** Files that uv stores next to a link to an archive. */
export function besides(link: string): readonly string[] {
  return ['http', 'rev', 'msgpack'].map((end) => `${link}.${end}`)
}

/**
 * The steps that remove a damaged entry and everything that depends on it, in the order of a prune, so
 * that the tool makes it again. `own` removes the entry itself.
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
  // Links to an archive are removed first. They are searched for after all checks.
  return check === 'archive' ? [[], [own]] : [[own]]
}
