import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An image of the Engine double, with the needed fields. */
export interface ImageState {
  readonly id: string
  readonly user: string
  /** `NAME=value`, like ENV of a Dockerfile. */
  readonly env: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Contents by absolute path; null for a directory. Parents of files exist too. */
  readonly files: Readonly<Record<string, string | null>>
  /** User of its containers' processes, which may differ from USER (an entry point may change it). */
  readonly runsAs: string
}

export interface ContainerState {
  readonly name: string
  readonly image: string
  /** User of its image, which may have lost its name to a newer one. */
  readonly runsAs: string
  readonly labels: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
  /** `host:container[:options]`. */
  readonly binds: readonly string[]
  readonly running: boolean
}

interface VolumeState {
  readonly labels: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string>>
}

export interface EngineState {
  /** Its version; the default one if missing. */
  readonly version?: string
  readonly images: Readonly<Record<string, ImageState>>
  readonly containers: Readonly<Record<string, ContainerState>>
  /** By name; none if missing. */
  readonly volumes?: Readonly<Record<string, VolumeState>>
}

/** The state file is next to the socket: the Dokku double finds it through DOCKER_HOST. */
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

/** Sixty-four hex digits, like ids of containers and images. */
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
