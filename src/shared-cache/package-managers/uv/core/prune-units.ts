import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { FileUnit, RemovalStep, UnitMaker } from '../../core/steps'
import {
  fileUnit,
  isPlain,
  kept,
  nameOf,
  SYSTEM,
  Trees,
  treeUnit,
  unlink,
  type Tree,
} from '../../core/tree'

const ARCHIVE = new RegExp(`^${SYSTEM}archive-v\\d+/[^/]+$`)
/** Target of a link to an archive. Before 0.11.17 it contains the path of the cache in the container. */
const TARGET = /(?:^|\/)(archive-v\d+\/[^/]+)$/
const BUCKET = new RegExp(`^(${SYSTEM})(?:wheels|sdists|environments)-v\\d+/`)
const BESIDE = new RegExp(`^(${SYSTEM}wheels-v\\d+/.+)\\.(?:http|rev|msgpack)$`)
const ANSWER = new RegExp(`^${SYSTEM}simple-v\\d+/.+\\.rkyv$`)
const SOURCE_PATH = `${SYSTEM}sdists-v\\d+/(?:pypi/[^/]+|index/[^/]+/[^/]+|git/[^/]+|url|path|editable)/[^/]+`
const SOURCE = new RegExp(`^${SOURCE_PATH}$`)
const OF_SOURCE = new RegExp(`^(${SOURCE_PATH})/`)

/** A link to an archive, and the step that removes it. */
interface Link {
  readonly step: RemovalStep
  readonly bytes: number
  readonly archive: string
}

/** The links to an archive, and the files next to them. */
interface Leading {
  readonly steps: RemovalStep[]
  bytes: number
  lastUsed: number
  label: string
}

/**
 * uv: an archive is an unpacked wheel, and links point to it. The links and the files next to them are
 * removed first, then the archive as a whole. A source is removed together with the wheels built from
 * it, before the archives that these link to. An index response is a file for each package. uv works
 * with all intermediate states.
 */
export function uvUnits(): UnitMaker {
  const archives = new Trees((path) => ARCHIVE.test(path) && isPlain(path))
  const sources = new Trees((path) => SOURCE.test(path) && isPlain(path))
  const built = new Map<Tree, Set<string>>()
  const links: Link[] = []
  const beside = new Map<string, Entry[]>()
  const answers: FileUnit[] = []

  function addSmall(entry: Entry): void {
    const archive = archiveOf(entry)
    if (archive) links.push({ step: kept(unlink(entry)), bytes: entry.bytes, archive })
    if (entry.type !== 'file') return
    const stem = BESIDE.exec(entry.path)?.[1]
    if (stem) beside.set(stem, [...(beside.get(stem) ?? []), entry])
    if (ANSWER.test(entry.path)) {
      answers.push(fileUnit('uv', entry, `index ${nameOf(entry.path)}`, [[unlink(entry)]]))
    }
  }

  return {
    add(entry) {
      if (archives.add(entry)) return
      const source = sources.add(entry)
      if (!source) {
        if (isPlain(entry.path)) addSmall(entry)
        return
      }
      const archive = archiveOf(entry)
      if (archive) built.set(source, (built.get(source) ?? new Set()).add(archive))
    },
    units() {
      const leading = leadingTo(links, beside)
      const ids = new Set(archives.all.map((tree) => tree.top.path))
      return [
        ...archives.all.map((tree) => archiveUnit(tree, leading.get(tree.top.path))),
        ...sources.all.map((tree) => {
          const needs = [...(built.get(tree) ?? [])].filter((id) => ids.has(id))
          return treeUnit('uv', tree, tree.top.path.split('/').slice(-2).join(' '), { needs })
        }),
        ...answers,
        ...withoutLink(links, beside).map((entry) =>
          fileUnit('uv', entry, nameOf(entry.path), [[unlink(entry)]]),
        ),
      ]
    },
  }
}

/** The path of the source that a build result belongs to; undefined for anything else. */
export function sourceOf(path: string): string | undefined {
  return OF_SOURCE.exec(path)?.[1]
}

/** The path of the archive that a link points to, relative to the same cache. */
export function archiveOf({
  type,
  path,
  target,
}: Pick<Entry, 'type' | 'path' | 'target'>): string | undefined {
  const system = BUCKET.exec(path)?.[1]
  const archive = TARGET.exec(target)?.[1]
  return type === 'link' && archive && system !== undefined ? system + archive : undefined
}

function leadingTo(
  links: readonly Link[],
  beside: ReadonlyMap<string, readonly Entry[]>,
): Map<string, Leading> {
  const found = new Map<string, Leading>()
  for (const { step, bytes, archive } of links) {
    const label = nameOf(step.path)
    const leading = found.get(archive) ?? { steps: [], bytes: 0, lastUsed: 0, label }
    leading.steps.push(step)
    leading.bytes += bytes
    for (const file of beside.get(step.path) ?? []) {
      leading.steps.push(unlink(file))
      leading.bytes += file.bytes
      leading.lastUsed = Math.max(leading.lastUsed, lastUse(file))
    }
    found.set(archive, leading)
  }
  return found
}

/** Files next to a missing link: of wheels that were never downloaded, or left by a killed run. */
function withoutLink(
  links: readonly Link[],
  beside: ReadonlyMap<string, readonly Entry[]>,
): readonly Entry[] {
  const linked = new Set(links.map(({ step }) => step.path))
  return [...beside].flatMap(([stem, entries]) => (linked.has(stem) ? [] : entries))
}

function archiveUnit(tree: Tree, leading: Leading | undefined): FileUnit {
  const unit = treeUnit('uv', tree, leading?.label ?? 'archive')
  if (!leading) return unit
  return {
    ...unit,
    bytes: unit.bytes + leading.bytes,
    lastUsed: Math.max(unit.lastUsed ?? 0, leading.lastUsed) || null,
    phases: [leading.steps, [tree.trash()]],
  }
}
