import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Client } from './client'
import { readTar } from './tar'

interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly size: number
  /** Where a symbolic link points to, '' for anything else. */
  readonly target: string
  /** When it was changed last, as the Engine writes it: RFC 3339, with what is known of a second. */
  readonly modified: string
}

/** What an image holds, seen without running it. Links are not followed. */
export interface ContainerView {
  /** What is at a path; null where nothing is. */
  stat(path: string): Promise<FileStat | null>
  /**
   * Paths, relative to a directory, of at most `limit` things in it that are no directories: a tree
   * of empty directories gives none. Reads no further than that, however large the directory is.
   * Empty where there is no directory at the path.
   */
  list(path: string, limit: number): Promise<readonly string[]>
  /** The first `maxBytes` bytes of a file as text; null where there is no file at the path. */
  readFile(path: string, maxBytes: number): Promise<string | null>
  /** A directory, or a file, as a tar archive; null where nothing is at the path. */
  archive(path: string): Promise<Readable | null>
}

/** Label of the containers that are made to look into images, so that leftovers can be recognised. */
const LOOK_LABEL = 'com.dokku.shared-cache.look'

/** A container that was left behind is removed after this many seconds. */
const LEFTOVER_AFTER = 600

// Bits of Go's FileMode, in which the Engine gives the mode of a path.
const GO_DIRECTORY = 2 ** 31
const GO_LINK = 2 ** 27
const GO_SPECIAL = 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19

function kindOf(mode: number): FileStat['kind'] {
  const has = (bits: number) => (BigInt(mode) & BigInt(bits)) !== 0n
  if (has(GO_DIRECTORY)) return 'directory'
  if (has(GO_LINK)) return 'link'
  return has(GO_SPECIAL) ? 'other' : 'file'
}

function readStat(header: string): FileStat {
  const { size, mode, linkTarget, mtime } = JSON.parse(
    Buffer.from(header, 'base64').toString(),
  ) as { size: number; mode: number; linkTarget: string; mtime?: string }
  const kind = kindOf(mode)
  return { kind, size, target: kind === 'link' ? linkTarget : '', modified: mtime ?? '' }
}

function makeView(client: Client, id: string): ContainerView {
  const address = `/containers/${id}/archive`
  const open = async (path: string): Promise<IncomingMessage | null> => {
    const answer = await client.raw('GET', address, { path })
    if (answer.statusCode === 200) return answer
    if (answer.statusCode !== 404) throw await client.refusal(answer)
    answer.resume()
    return null
  }
  return {
    archive: open,
    async stat(path) {
      const answer = await client.raw('HEAD', address, { path })
      answer.resume()
      const header = answer.headers['x-docker-container-path-stat']
      if (answer.statusCode === 404) return null
      if (typeof header !== 'string') throw await client.refusal(answer)
      return readStat(header)
    },
    async list(path, limit) {
      const answer = await open(path)
      if (!answer) return []
      const names: string[] = []
      try {
        for await (const entry of readTar(answer)) {
          if (entry.kind === 'directory') continue
          // The first part of the name is that of the directory itself.
          const name = entry.name.split('/').slice(1).join('/')
          if (name) names.push(name)
          if (names.length >= limit) break
        }
      } finally {
        answer.destroy()
      }
      return names
    },
    async readFile(path, maxBytes) {
      const answer = await open(path)
      if (!answer) return null
      try {
        for await (const entry of readTar(answer)) {
          return entry.kind === 'file' ? (await entry.content(maxBytes)).toString() : null
        }
        return null
      } finally {
        answer.destroy()
      }
    },
  }
}

async function removeContainer(client: Client, id: string): Promise<void> {
  const answer = await client.raw('DELETE', `/containers/${id}`, { force: '1', v: '1' })
  answer.resume()
}

/** Removes containers that a look which was killed left behind. */
async function removeLeftovers(client: Client, now: number): Promise<void> {
  const filters = JSON.stringify({ label: [LOOK_LABEL] })
  const list = await client.json('GET', '/containers/json', { all: '1', filters })
  for (const { Id, Created } of list as readonly { Id: string; Created: number }[]) {
    if (now / 1000 - Created > LEFTOVER_AFTER) await removeContainer(client, Id)
  }
}

/**
 * Gives a look into an image: a container of it is made, never started, and removed afterwards
 * whatever happened. A few milliseconds for each question, on images without a shell too. Throws
 * KnownError where there is no such image.
 */
export async function lookInto<Result>(
  client: Client,
  image: string,
  look: (view: ContainerView) => Promise<Result>,
): Promise<Result> {
  await removeLeftovers(client, Date.now())
  const made = await client.json(
    'POST',
    '/containers/create',
    {},
    {
      Image: image,
      // An image without a command of its own is refused; this one is never run.
      Cmd: ['-'],
      Labels: { [LOOK_LABEL]: 'true' },
      NetworkDisabled: true,
      HostConfig: { NetworkMode: 'none' },
    },
  )
  const id = (made as { Id: string }).Id
  try {
    return await look(makeView(client, id))
  } finally {
    await removeContainer(client, id)
  }
}
