import { createHash } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { answerVolumes, fillVolumes, mountsOf } from './engine-volumes'
import { type EngineState, findImage, newId, readEngine } from './engine-state'

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly tar?: Buffer
  readonly stat?: object
}

/** Containers made to read an image. They are stored here, not in the state. */
type Looks = Map<string, { readonly image: string; readonly labels: Record<string, string> }>

const notFound = (what: string): Reply => ({ status: 404, body: { message: `No such ${what}` } })

// Bits of Go's FileMode.
const GO_DIRECTORY = 2 ** 31 + 0o755

function tarEntry(name: string, content: string | null): Buffer {
  const header = Buffer.alloc(512)
  const size = Buffer.byteLength(content ?? '')
  header.write(content === null ? `${name}/` : name, 0)
  header.write('0000755\0' + '0000000\0' + '0000000\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0${'0'.padStart(11, '0')}\0        `, 124)
  header.write(content === null ? '5' : '0', 156)
  header.write('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const body = Buffer.alloc(Math.ceil(size / 512) * 512)
  body.write(content ?? '')
  return Buffer.concat([header, body])
}

/** The content of a path in an image: undefined if missing, null for a directory. */
function lookUp(files: Readonly<Record<string, string | null>>, path: string) {
  if (path in files) return files[path]
  return Object.keys(files).some((file) => file.startsWith(`${path}/`)) ? null : undefined
}

function isBelowFile(files: Readonly<Record<string, string | null>>, path: string): boolean {
  const above = dirname(path)
  if (above === path) return false
  return typeof files[above] === 'string' || isBelowFile(files, above)
}

function archive(files: Readonly<Record<string, string | null>>, path: string): Reply {
  if (isBelowFile(files, path)) {
    return { status: 500, body: { message: `lstat ${path}: not a directory` } }
  }
  const found = lookUp(files, path)
  if (found === undefined) return notFound(`path: ${path}`)
  const name = basename(path)
  const below = Object.entries(files).filter(([file]) => file.startsWith(`${path}/`))
  const folders = below.flatMap(([file]) => {
    const names = file
      .slice(path.length + 1)
      .split('/')
      .slice(0, -1)
    return names.map((_, index) => [name, ...names.slice(0, index + 1)].join('/'))
  })
  const entries = [
    tarEntry(name, found),
    ...[...new Set(folders)].map((folder) => tarEntry(folder, null)),
    ...below.map(([file, content]) => tarEntry(name + file.slice(path.length), content)),
  ]
  // Files added to a directory change its time here.
  const mtime = `2026-01-02T03:04:05.${String(below.length).padStart(3, '0')}Z`
  const stat = { name, size: found?.length ?? 4096, linkTarget: '', mtime }
  return {
    status: 200,
    tar: Buffer.concat([...entries, Buffer.alloc(1024)]),
    stat: { ...stat, mode: found === null ? GO_DIRECTORY : 0o644 },
  }
}

type Labels = Readonly<Record<string, string>>

function matches(labels: Labels, wanted: readonly string[]): boolean {
  return wanted.every((one) => {
    const [key = '', value] = one.split(/=(.*)/s)
    return key in labels && (value === undefined || labels[key] === value)
  })
}

function listContainers(state: EngineState, looks: Looks, query: URLSearchParams): Reply {
  const filters = JSON.parse(query.get('filters') ?? '{}') as Record<string, string[]>
  const real = Object.entries(state.containers).map(([id, one]) => ({
    Id: id,
    Names: [`/${one.name}`],
    Image: one.image,
    ImageID: one.image,
    State: one.running ? 'running' : 'exited',
    Labels: one.labels,
    Created: 0,
    Mounts: mountsOf(one.binds),
  }))
  const made = [...looks].map(([id, { image, labels }]) => ({
    ...{ Id: id, Names: [`/${id}`], Image: image, ImageID: image, State: 'created' },
    ...{ Labels: labels, Created: Math.floor(Date.now() / 1000), Mounts: [] },
  }))
  const body = [...real, ...made]
    .filter((one) => matches(one.Labels, filters['label'] ?? []))
    .filter((one) => {
      const names = one.Mounts.map((mount) => (mount as { Name?: string }).Name)
      return (filters['volume'] ?? []).every((name) => names.includes(name))
    })
    .filter((one) => (filters['status'] ?? [one.State]).includes(one.State))
  return { status: 200, body }
}

function inspectImage(state: EngineState, name: string): Reply {
  const image = findImage(state, name)
  if (!image) return notFound(`image: ${name}`)
  const Config = { User: image.user, Env: image.env, Labels: image.labels }
  const layer = createHash('sha256').update(JSON.stringify(image.files)).digest('hex')
  const RootFS = { Type: 'layers', Layers: [`sha256:${layer}`] }
  return { status: 200, body: { Id: image.id, Os: 'linux', Architecture: 'amd64', RootFS, Config } }
}

function top(state: EngineState, id: string): Reply {
  const container = state.containers[id]
  if (!container) return notFound(`container: ${id}`)
  const Processes = [['1', container.runsAs]]
  return { status: 200, body: { Titles: ['PID', 'UID'], Processes } }
}

function images(state: EngineState): Reply {
  const ids = [...new Set(Object.values(state.images).map((image) => image.id))]
  const tags = (id: string) =>
    Object.keys(state.images).filter((name) => state.images[name]?.id === id)
  return { status: 200, body: ids.map((id) => ({ Id: id, RepoTags: tags(id) })) }
}

function create(looks: Looks, state: EngineState, text: string): Reply {
  const {
    Image = '',
    Labels = {},
    HostConfig,
  } = JSON.parse(text) as {
    Image?: string
    Labels?: Record<string, string>
    HostConfig?: { Mounts?: { Source: string; Target: string }[] }
  }
  if (!findImage(state, Image)) return notFound(`image: ${Image}`)
  fillVolumes(state, Image, HostConfig?.Mounts ?? [])
  const id = newId()
  looks.set(id, { image: Image, labels: Labels })
  return { status: 201, body: { Id: id, Warnings: [] } }
}

const VERSION = { Version: '28.5.2', ApiVersion: '1.51', MinAPIVersion: '1.24' }

/** An Engine with CDI if the server has a directory for its specifications. */
function info(directory: string, ServerVersion = VERSION.Version): object {
  const folder = join(directory, 'etc/cdi')
  if (!existsSync(folder)) return { ServerVersion }
  const devices = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => devicesIn(readFileSync(join(folder, name), 'utf8')))
  return {
    ServerVersion,
    CDISpecDirs: ['/etc/cdi'],
    DiscoveredDevices: devices.map((ID) => ({ Source: 'cdi', ID })),
  }
}

/** Like the Engine, ignores a specification that cannot be read. */
function devicesIn(text: string): readonly string[] {
  try {
    const { kind, devices } = JSON.parse(text) as { kind: string; devices: { name: string }[] }
    return devices.map(({ name }) => `${kind}=${name}`)
  } catch {
    return []
  }
}

interface Asked {
  readonly method: string
  readonly url: URL
  readonly text: string
}

/** `directory` is the root of the server's own paths. */
function answer(looks: Looks, directory: string, { method, url, text }: Asked): Reply {
  const file = join(directory, 'engine.json')
  const state = readEngine(file)
  const path = decodeURIComponent(url.pathname).replace(/^\/v[\d.]+/, '')
  const [, id = '', rest = ''] = /^\/containers\/([0-9a-f]{64})(?:\/(\w+))?$/.exec(path) ?? []
  const [, image] = /^\/images\/(.+)\/json$/.exec(path) ?? []
  const volumes = answerVolumes(state, file, method, path, text)
  if (volumes) return volumes
  if (path === '/version') return { status: 200, body: VERSION }
  if (path === '/info') return { status: 200, body: info(directory, state.version) }
  if (path === '/system/df') return { status: 200, body: { BuildCache: [], Volumes: [] } }
  if (path === '/images/json') return images(state)
  if (image !== undefined) return inspectImage(state, image)
  if (path === '/containers/json') return listContainers(state, looks, url.searchParams)
  if (path === '/containers/create') return create(looks, state, text)
  if (rest === 'top') return top(state, id)
  if (rest === 'archive') {
    const look = looks.get(id)
    const files = look ? findImage(state, look.image)?.files : undefined
    return archive(files ?? {}, url.searchParams.get('path') ?? '')
  }
  if (method === 'DELETE' && looks.delete(id)) return { status: 204 }
  return notFound(`page: ${method} ${path}`)
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function send(response: ServerResponse, method: string, reply: Reply): void {
  const stat = reply.stat && Buffer.from(JSON.stringify(reply.stat)).toString('base64')
  response.writeHead(reply.status, stat ? { 'x-docker-container-path-stat': stat } : {})
  if (method === 'HEAD') response.end()
  else response.end(reply.tar ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)))
}

/**
 * An Engine with the images and containers of a state file, on a unix socket next to it. The Dokku
 * double adds the results of its deploys there. `serveEngine` has recorded responses instead.
 */
export async function serveEngineState(socket: string): Promise<() => Promise<void>> {
  const looks: Looks = new Map()
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const method = request.method ?? ''
      const url = new URL(request.url ?? '/', 'http://docker')
      send(response, method, answer(looks, dirname(socket), { method, url, text }))
    })
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
