import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Client } from './client'
import { readTar } from './tar'

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'link' | 'other'
  readonly size: number
  /** Target of a symbolic link, '' for anything else. */
  readonly target: string
  /** Time of the last change, as the Engine writes it: RFC 3339 with fractions of a second. */
  readonly modified: string
}

/** The files of an image, read without running it. Links are not followed. */
export interface ContainerView {
  /** The file at a path; null if it does not exist. */
  stat(path: string): Promise<FileStat | null>
  /**
   * Paths of at most `limit` files in a directory, relative to it. Directories do not count. Stops
   * reading after `limit`. Empty if the directory does not exist.
   */
  list(path: string, limit: number): Promise<readonly string[]>
  /**
   * Calls `each` with the absolute path of every file in a directory, at any depth, and with its text
   * if `each` requests it. Stops after `milliseconds` and then returns false.
   */
  walk(
    path: string,
    milliseconds: number,
    each: (path: string, bytes: number) => ((text: string) => void) | undefined,
  ): Promise<boolean>
  /** The first `maxBytes` bytes of a file as text; null if it is not a file. */
  readFile(path: string, maxBytes: number): Promise<string | null>
  /** Owner of a directory or file; null if it does not exist. */
  owner(path: string): Promise<{ readonly uid: number; readonly gid: number } | null>
  /** A directory or file as a tar archive; null if it does not exist. */
  archive(path: string): Promise<Readable | null>
}

/** Label of the containers that are created to read images. Leftovers are found by it. */
export const LOOK_LABEL = 'com.dokku.plugin.inspection'

/** Seconds after which a leftover container is removed. */
const LEFTOVER_AFTER = 600

// The Engine returns modes as Go's FileMode: these are its bits.
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

/** Bytes of each file that a walk reads. */
const MOST_TEXT = 1_000_000

/** The path of an archive entry below `above`. Entries of the root begin with `./` or `/`. */
function absolute(above: string, name: string): string {
  return `${above}/${name.replace(/^(?:\.?\/)+/, '')}`
}

async function walkArchive(
  answer: IncomingMessage,
  path: string,
  until: number,
  each: Parameters<ContainerView['walk']>[2],
): Promise<boolean> {
  const above = path.slice(0, path.lastIndexOf('/'))
  try {
    for await (const entry of readTar(answer)) {
      if (Date.now() > until) return false
      if (entry.kind !== 'file') continue
      const read = each(absolute(above, entry.name), entry.size)
      if (read) read((await entry.content(MOST_TEXT)).toString())
    }
    return true
  } finally {
    answer.destroy()
  }
}

/** Names of at most `limit` files in an archive of a directory, relative to it. */
async function listArchive(answer: IncomingMessage, limit: number): Promise<readonly string[]> {
  const names: string[] = []
  try {
    for await (const entry of readTar(answer)) {
      if (entry.kind === 'directory') continue
      // The first part of the name is the name of the directory.
      const name = entry.name.split('/').slice(1).join('/')
      if (name) names.push(name)
      if (names.length >= limit) break
    }
  } finally {
    answer.destroy()
  }
  return names
}

/** The Engine's message for a path below a file. Its status is that of a failure. */
const BELOW_FILE = /: not a directory$/

function makeView(client: Client, id: string): ContainerView {
  const address = `/containers/${id}/archive`
  const open = async (path: string): Promise<IncomingMessage | null> => {
    const answer = await client.raw('GET', address, { path })
    if (answer.statusCode === 200) return answer
    const refusal = await client.refusal(answer)
    if (answer.statusCode === 404 || BELOW_FILE.test(refusal.message)) return null
    throw refusal
  }
  return {
    archive: open,
    async owner(path) {
      const answer = await open(path)
      if (!answer) return null
      try {
        for await (const { uid, gid } of readTar(answer)) return { uid, gid }
        return null
      } finally {
        answer.destroy()
      }
    },
    async stat(path) {
      const answer = await client.raw('HEAD', address, { path })
      answer.resume()
      const header = answer.headers['x-docker-container-path-stat']
      if (typeof header === 'string') return readStat(header)
      // Only the other request returns the reason.
      if (answer.statusCode !== 404) (await open(path))?.destroy()
      return null
    },
    async list(path, limit) {
      const answer = await open(path)
      return answer ? listArchive(answer, limit) : []
    },
    async walk(path, milliseconds, each) {
      const answer = await open(path)
      return !answer || walkArchive(answer, path, Date.now() + milliseconds, each)
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

/** Removes containers that killed runs left behind. */
async function removeLeftovers(client: Client, now: number): Promise<void> {
  const filters = JSON.stringify({ label: [LOOK_LABEL] })
  const list = await client.json('GET', '/containers/json', { all: '1', filters })
  for (const { Id, Created } of list as readonly { Id: string; Created: number }[]) {
    if (now / 1000 - Created > LEFTOVER_AFTER) await removeContainer(client, Id)
  }
}

/**
 * Calls `use` with the files of an image. Creates a container of it, never starts it, and always
 * removes it afterwards. Each request takes a few milliseconds; images without a shell work too. Throws
 * KnownError if the image does not exist.
 */
export async function viewImage<Result>(
  client: Client,
  image: string,
  look: (view: ContainerView) => Promise<Result>,
): Promise<Result> {
  const create = {
    Image: image,
    // The Engine rejects images without a command. This one never runs.
    Cmd: ['-'],
    Labels: { [LOOK_LABEL]: 'true' },
    NetworkDisabled: true,
    HostConfig: { NetworkMode: 'none' },
  }
  const cleared = removeLeftovers(client, Date.now())
  cleared.catch(() => undefined)
  const made = await client.json('POST', '/containers/create', {}, create)
  const id = (made as { Id: string }).Id
  try {
    await cleared
    return await look(makeView(client, id))
  } finally {
    await removeContainer(client, id)
  }
}

/** Calls `use` with the files that a container has created or changed. */
export async function viewChanges<Result>(
  client: Client,
  container: string,
  look: (paths: readonly string[], view: ContainerView) => Promise<Result>,
): Promise<Result> {
  const answer = await client.json('GET', `/containers/${container}/changes`)
  const changes = (answer ?? []) as readonly { Path: string; Kind: number }[]
  const DELETED = 2
  const paths = changes.filter(({ Kind }) => Kind !== DELETED).map(({ Path }) => Path)
  return look(paths, makeView(client, container))
}
