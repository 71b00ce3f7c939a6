import { closeSync, lstatSync, mkdirSync } from 'node:fs'
import { at, codeOf, openDirectory, openPath } from '../../../foundation/files/walker'

/** The two directories of units: the shared one of the cache, and the one of the image's system. */
export class UnitDirectories {
  private readonly top: number
  private readonly own: number

  constructor(
    root: string,
    private readonly links: readonly string[] | null,
    directory: string,
  ) {
    const top = links === null ? directory : directory.slice(0, directory.lastIndexOf('/'))
    this.top = openPath(`${root}/${top}`)
    this.own = links === null ? this.top : openDirectory(this.top, directory.slice(top.length + 1))
  }

  get staging(): number {
    return this.top
  }

  /** Calls a function with the directory of a unit; `make` creates missing directories. */
  with<T>(path: string, make: boolean, use: (parent: number, name: string) => T): T {
    const names = path.split('/')
    const name = names.pop() ?? ''
    const start = this.links?.includes(names[0] ?? '') ? this.top : this.own
    const open: number[] = []
    try {
      for (const each of names) {
        const parent = open.at(-1) ?? start
        if (make) makeDirectory(parent, each)
        open.push(openDirectory(parent, each))
      }
      return use(open.at(-1) ?? start, name)
    } finally {
      for (const fd of open) closeSync(fd)
    }
  }

  has(path: string): boolean {
    try {
      return this.with(path, false, (parent, name) => isThere(parent, name))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  close(): void {
    closeSync(this.top)
    if (this.own !== this.top) closeSync(this.own)
  }
}

function isThere(parent: number, name: string): boolean {
  return lstatSync(at(parent, name), { throwIfNoEntry: false }) !== undefined
}

function makeDirectory(parent: number, name: string): void {
  try {
    mkdirSync(at(parent, name), { mode: 0o777 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
