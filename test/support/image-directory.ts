import { execFileSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { lstatSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { Engine } from '../../src/foundation/docker/engine'
import type { ContainerView, FileStat } from '../../src/foundation/docker/engine/container-view'

/** An Engine whose images are directories of this machine, read as Docker reads its own. */
export interface DirectoryEngine {
  readonly engine: Engine
  /** What was asked for, in order. */
  readonly requests: string[]
}

function stat(path: string): FileStat | null {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (!stats) return null
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'link'
  const target = kind === 'link' ? readlinkSync(path) : ''
  return { kind, size: stats.size, target, modified: '' }
}

/** `images` has the directory of each image; its content is its name. */
export function serveDirectories(images: Readonly<Record<string, string>>): DirectoryEngine {
  const requests: string[] = []
  const view = (root: string): Partial<ContainerView> => ({
    stat(path) {
      requests.push(`stat ${path}`)
      return Promise.resolve(stat(join(root, path)))
    },
    archive(path) {
      requests.push(`archive ${path}`)
      const whole = join(root, path)
      if (!stat(whole)) return Promise.resolve(null)
      const words = ['--sort=name', '-C', dirname(whole), '-cf', '-', '--', basename(whole)]
      return Promise.resolve(Readable.from([execFileSync('tar', words, { maxBuffer: 2 ** 28 })]))
    },
  })
  const engine: Partial<Engine> = {
    image(reference) {
      requests.push(`image ${reference}`)
      const found = images[reference] === undefined ? null : { id: reference, content: reference }
      return Promise.resolve(found as Awaited<ReturnType<Engine['image']>>)
    },
    withContainerOf: (image, look) => look(view(images[image] ?? '') as ContainerView),
  }
  return { engine: engine as Engine, requests }
}
