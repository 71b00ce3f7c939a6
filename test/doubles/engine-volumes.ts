import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type EngineState, findImage, writeEngine } from './engine-state'

interface Reply {
  readonly status: number
  readonly body?: unknown
}

const missing = (name: string): Reply => ({
  status: 404,
  body: { message: `get ${name}: no such volume` },
})

function describe(state: EngineState, name: string): object {
  const { labels, options } = state.volumes?.[name] ?? { labels: {}, options: {} }
  const Mountpoint = `/var/lib/docker/volumes/${name}/_data`
  return { Name: name, Driver: 'local', Mountpoint, Labels: labels, Options: options }
}

/** Names of the containers that have a volume, by its name or its path. */
function usersOf(state: EngineState, name: string): readonly string[] {
  return Object.entries(state.containers)
    .filter(([, { binds }]) => binds.some((bind) => bind.startsWith(`${name}:`)))
    .map(([id]) => id)
}

function create(state: EngineState, file: string, text: string): Reply {
  const asked = JSON.parse(text) as {
    readonly Name: string
    readonly DriverOpts?: Record<string, string>
    readonly Labels?: Record<string, string>
  }
  const { Name, DriverOpts = {}, Labels = {} } = asked
  // Like Docker, leaves a volume of that name unchanged.
  if (state.volumes?.[Name]) return { status: 201, body: describe(state, Name) }
  const volumes = { ...state.volumes, [Name]: { labels: Labels, options: DriverOpts } }
  const changed = { ...state, volumes }
  writeEngine(changed, file)
  return { status: 201, body: describe(changed, Name) }
}

function remove(state: EngineState, file: string, name: string): Reply {
  const users = usersOf(state, name)
  if (users.length > 0) {
    const message = `remove ${name}: volume is in use - [${users.join(', ')}]`
    return { status: 409, body: { message } }
  }
  const others = Object.entries(state.volumes ?? {}).filter(([other]) => other !== name)
  writeEngine({ ...state, volumes: Object.fromEntries(others) }, file)
  return { status: 204 }
}

/** Requests about volumes; undefined for any other. */
export function answerVolumes(
  state: EngineState,
  file: string,
  method: string,
  path: string,
  text: string,
): Reply | undefined {
  if (path === '/volumes/create') return create(state, file, text)
  const [, name] = /^\/volumes\/([^/]+)$/.exec(path) ?? []
  if (name === undefined) return undefined
  if (!state.volumes?.[name]) return missing(name)
  return method === 'DELETE'
    ? remove(state, file, name)
    : { status: 200, body: describe(state, name) }
}

interface Mount {
  readonly Source: string
  readonly Target: string
}

/** Copies what an image has at the path of an empty volume into it, as Docker does. */
export function fillVolumes(state: EngineState, image: string, mounts: readonly Mount[]): void {
  const files = Object.entries(findImage(state, image)?.files ?? {})
  for (const { Source, Target } of mounts) {
    const device = state.volumes?.[Source]?.options['device']
    if (device === undefined || readdirSync(device).length > 0) continue
    for (const [path, content] of files.filter(([file]) => file.startsWith(`${Target}/`))) {
      const place = join(device, path.slice(Target.length))
      mkdirSync(content === null ? place : dirname(place), { recursive: true })
      if (content !== null) writeFileSync(place, content)
    }
  }
}

/** The mounts of a container, from `source:target[:options]`. */
export function mountsOf(binds: readonly string[]): readonly object[] {
  return binds.map((bind) => {
    const [source = '', Destination, options = ''] = bind.split(':')
    const RW = !options.split(',').includes('ro')
    return source.startsWith('/')
      ? { Type: 'bind', Source: source, Destination, RW }
      : { Type: 'volume', Name: source, Source: source, Destination, RW }
  })
}
