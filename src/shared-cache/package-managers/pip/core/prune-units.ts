import { lastUse, type Entry } from '../../../../foundation/core/entry'
import type { LooseUnit } from '../../core/loose'
import type { FileUnit, RemovalStep, UnitMaker } from '../../core/steps'
import { isPlain, isRecent, SYSTEM, Trees, treeUnit, unlink, type Tree } from '../../core/tree'

const HEX = '[0-9a-f]'
const DOWNLOAD = new RegExp(`^((${SYSTEM}http(?:-v2)?)/(?:${HEX}/){5}(${HEX}{56}))(.*)$`)
const WHEELS = new RegExp(`^${SYSTEM}wheels/(?:${HEX}{2}/){3}${HEX}{50}$`)

interface Download {
  readonly group: string
  readonly hash: string
  /** The header of the response, or the whole response in the older format. */
  head?: Entry
  body?: Entry
  /** Left by a run that was killed while writing. */
  readonly partial: Entry[]
}

/**
 * pip: a download is a header and a body. The header is removed first: pip looks for it, and never
 * reads a body without one. Built wheels are one unit for each leaf directory of `wheels`. pip ignores
 * errors in `http-v2`, so empty directories are removed there too: they are larger than a small
 * download. pip fails if a wheel disappears after it was selected, so a recent one is in use. `now` in
 * milliseconds since the epoch.
 */
export function pipUnits(now: number, loose: (unit: LooseUnit) => void): UnitMaker {
  const downloads = new Downloads((path, download) => loose(downloadUnit(path, download, now)))
  const wheels = new Trees((path) => WHEELS.test(path))
  const names = new Map<Tree, string[]>()
  return {
    add(entry) {
      downloads.leave(entry.path)
      const tree = wheels.add(entry)
      if (tree) {
        if (entry.path.endsWith('.whl') && isPlain(entry.path)) {
          names.set(tree, [...(names.get(tree) ?? []), entry.path.slice(tree.top.path.length + 1)])
        }
        return
      }
      if (entry.type === 'file') downloads.add(entry)
    },
    units() {
      downloads.leave('')
      // An empty directory stays: a running build may be about to write to it.
      return wheels.all.flatMap((tree) => {
        const wheelNames = names.get(tree)
        return wheelNames ? [wheelUnit(tree, wheelNames, now)] : []
      })
    },
  }
}

/** Collects the downloads of one directory. A walk lists the entries of a directory right after it. */
class Downloads {
  private directory = ''
  private readonly found = new Map<string, Download>()

  constructor(private readonly each: (path: string, download: Download) => void) {}

  /** Passes on the downloads of the last directory, unless the path is still in it. */
  leave(path: string): void {
    if (path.startsWith(`${this.directory}/`)) return
    for (const [known, download] of this.found) this.each(known, download)
    this.found.clear()
  }

  add(entry: Entry): void {
    const [, path = '', group = '', hash = '', rest = ''] = DOWNLOAD.exec(entry.path) ?? []
    if (path === '' || !isPlain(entry.path)) return
    const download = this.found.get(path) ?? { group, hash, partial: [] }
    if (rest === '') download.head = entry
    else if (rest === '.body') download.body = entry
    else if (rest.endsWith('.tmp')) download.partial.push(entry)
    else return
    this.directory = path.slice(0, path.lastIndexOf('/'))
    this.found.set(path, download)
  }
}

function downloadUnit(path: string, download: Download, now: number): LooseUnit {
  const { group, hash, head, body, partial } = download
  const files = [head, body, ...partial].filter((entry) => entry !== undefined)
  return {
    group,
    noun: 'download',
    hash,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    lastUsed: Math.max(...files.map(lastUse)),
    // A tool may be writing.
    inUse: partial.some((entry) => isRecent(lastUse(entry), now)),
    phases: [files.map(unlink), tidyAbove(path)],
    isSpread: false,
  }
}

/** The five parent directories of a download. */
function tidyAbove(path: string): RemovalStep[] {
  const names = path.split('/')
  return [1, 2, 3, 4, 5].map((up) => ({
    action: 'tidy',
    path: names.slice(0, -up).join('/'),
    identity: '',
  }))
}

function wheelUnit(tree: Tree, names: readonly string[], now: number): FileUnit {
  const inUse = isRecent(tree.lastUsed, now)
  return treeUnit('pip', tree, names.join(' '), { inUse })
}
