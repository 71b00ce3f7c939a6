import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An image of the Engine double, as much as anybody asks about. */
export interface ImageState {
  readonly id: string
  readonly user: string
  /** `NAME=value`, as ENV of a Dockerfile. */
  readonly env: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Contents by absolute path; directories are those that files are in, and those that are null. */
  readonly files: Readonly<Record<string, string | null>>
  /** Whose processes its containers run, whatever USER says (an entry point may change it). */
  readonly runsAs: string
}

export interface ContainerState {
  readonly name: string
  readonly image: string
  /** Of its image: that may have lost its name to a newer one. */
  readonly runsAs: string
  readonly labels: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** `host:container[:options]`. */
  readonly binds: readonly string[]
  readonly running: boolean
}

export interface EngineState {
  /** Its version; the usual one unless it says. */
  readonly version?: string
  readonly images: Readonly<Record<string, ImageState>>
  readonly containers: Readonly<Record<string, ContainerState>>
}

/** The state lies beside the socket, so that the Dokku double finds it through DOCKER_HOST. */
export function stateFile(socket: string): string {
  return join(dirname(socket), 'engine.json')
}

function ownFile(): string {
  return stateFile((process.env['DOCKER_HOST'] ?? '').replace(/^unix:\/\//, ''))
}

export function readEngine(file = ownFile()): EngineState {
  if (!existsSync(file)) return { images: {}, containers: {} }
  return JSON.parse(readFileSync(file, 'utf8')) as EngineState
}

export function writeEngine(state: EngineState, file = ownFile()): void {
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 1))
  renameSync(`${file}.new`, file)
}

/** Sixty-four hex digits, as the ids of containers and images are. */
export function newId(): string {
  return randomBytes(32).toString('hex')
}

/** The image by its name, with or without `:latest`, or by its id. */
export function findImage(state: EngineState, name: string): ImageState | undefined {
  const id = name.startsWith('sha256:') ? name : `sha256:${name}`
  return (
    state.images[name] ??
    state.images[`${name}:latest`] ??
    Object.values(state.images).find((image) => image.id === id)
  )
}
