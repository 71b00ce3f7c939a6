import {
  closeSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { isNeeded, leadsInside, partOf } from '../../catalogue/core/image-units'
import { KnownError } from '../../../foundation/core/errors'
import type { TarEntry } from '../../../foundation/docker/engine/tar'
import { spaceProblem } from '../../../foundation/files/disk'
import { at, staysBelow, TO_NEW_FILE, DirectoryWalker } from '../../../foundation/files/walker'
import type { UnitDirectories } from './paths'

/** Bytes between two checks of the free space. */
const STRIDE = 64_000_000
const DEEPEST = 100

export interface CopyLimits {
  readonly maxBytes: number
  readonly seconds: number
}

export interface Unit {
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly mark: string | undefined
  /** Its name in the staging directory; null if the cache has it already. */
  readonly staged: string | null
  isMarked: boolean
}

/** Counts written bytes. Throws KnownError if a limit is reached. */
export class Meter {
  private unseen = STRIDE
  bytes = 0

  constructor(
    private readonly limits: CopyLimits,
    private readonly root: string,
    private readonly end = Date.now() + limits.seconds * 1000,
  ) {}

  async add(bytes: number): Promise<void> {
    this.bytes += bytes
    // A file uses a block and an inode, however small it is.
    this.unseen += Math.max(bytes, 4096)
    if (this.bytes > this.limits.maxBytes) throw new KnownError('it is too large')
    if (Date.now() > this.end) {
      throw new KnownError(`it takes longer than ${this.limits.seconds} seconds`)
    }
    if (this.unseen < STRIDE) return
    this.unseen = 0
    const problem = await spaceProblem(this.root)
    if (problem !== null) throw new KnownError(problem)
  }
}

/** The staging directory. Files stay in it until all are complete. */
export class Staging {
  private readonly units = new Map<string, Unit>()
  private readonly walker: DirectoryWalker
  private readonly other: DirectoryWalker

  constructor(
    private readonly cache: string,
    fd: number,
    private readonly directories: UnitDirectories,
    private readonly meter: Meter,
    /** Converts a name in the archive to a path in the cache. */
    private readonly belowCache: (name: string) => string,
  ) {
    this.walker = new DirectoryWalker(fd)
    this.other = new DirectoryWalker(fd)
  }

  async add(entry: TarEntry): Promise<void> {
    const path = this.belowCache(entry.name)
    const part = partOf(this.cache, path, entry.kind === 'directory')
    if (part.is === 'foreign') throw new KnownError(`${path} is not part of the cache`)
    if (part.is === 'nothing') return
    if (!staysBelow(path) || path.split('/').length > DEEPEST) {
      throw new KnownError(`${path} is not a valid path`)
    }
    const unit = this.units.get(part.unit) ?? this.begin(part.unit, part.rule)
    const inside = path.slice(unit.path.length + 1)
    if (unit.mark === inside && entry.kind === 'file') unit.isMarked = true
    if (unit.staged !== null) await this.write(unit, inside, entry)
  }

  /** The complete units. Throws KnownError for an incomplete one that an app needs at run time. */
  finished(): readonly Unit[] {
    const whole = (unit: Unit) => unit.mark === undefined || unit.isMarked
    const broken = [...this.units.values()].find((unit) => !whole(unit))
    if (broken && isNeeded(this.cache)) throw new KnownError(`${broken.path} is incomplete`)
    return [...this.units.values()].filter(whole)
  }

  close(): void {
    this.walker.close()
    this.other.close()
  }

  private begin(path: string, { kind, mark }: Pick<Unit, 'kind'> & { mark?: string }): Unit {
    const staged = this.directories.has(path) ? null : String(this.units.size)
    const unit: Unit = { path, kind, mark, staged, isMarked: false }
    this.units.set(path, unit)
    return unit
  }

  private async write(unit: Unit, inside: string, entry: TarEntry): Promise<void> {
    const names = [unit.staged ?? '', ...inside.split('/').filter(Boolean)]
    const name = names.pop() ?? ''
    const shown = `${unit.path}/${inside}`
    await this.meter.add(0)
    if (entry.kind === 'directory') {
      mkdirSync(at(this.walker.to(names), name), { mode: 0o777 })
    } else if (entry.kind === 'file') {
      if ((entry.mode & 0o6000) !== 0) throw new KnownError(`${shown} has the setuid or setgid bit`)
      await this.writeFile(names, name, entry)
    } else if (entry.kind === 'hard link') {
      this.link(names, name, entry.target)
    } else if (entry.kind === 'link' && unit.kind === 'directory') {
      if (!leadsInside(inside, entry.target))
        throw new KnownError(`${shown} is a link to outside of its directory`)
      symlinkSync(entry.target, at(this.walker.to(names), name))
    } else throw new KnownError(`${shown} is not a regular file`)
  }

  private async writeFile(names: readonly string[], name: string, entry: TarEntry): Promise<void> {
    const mode = entry.mode & 0o111 ? 0o777 : 0o666
    const fd = openSync(at(this.walker.to(names), name), TO_NEW_FILE, mode)
    try {
      for await (const piece of entry.pieces()) {
        await this.meter.add(piece.length)
        for (let from = 0; from < piece.length;) from += writeSync(fd, piece, from)
      }
      fchmodSync(fd, mode)
    } finally {
      closeSync(fd)
    }
  }

  /** Adds another name of a file that was added before, in any unit. */
  private link(names: readonly string[], name: string, target: string): void {
    const path = this.belowCache(target)
    const part = partOf(this.cache, path, false)
    const unit = part.is === 'unit' ? this.units.get(part.unit) : undefined
    if (!unit || unit.staged === null || !staysBelow(path)) {
      throw new KnownError(`${target} has another name outside of the cache`)
    }
    const there = [
      unit.staged,
      ...path
        .slice(unit.path.length + 1)
        .split('/')
        .filter(Boolean),
    ]
    const last = there.pop() ?? ''
    linkSync(at(this.other.to(there), last), at(this.walker.to(names), name))
  }
}
