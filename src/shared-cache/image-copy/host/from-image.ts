import { join } from 'node:path'
import type { AppState, CopiedPlace } from '../../apps/core/app'
import { type CopyOutcome, type ImageFiles, hiddenImageFiles } from '../../apps/core/image-files'
import { wantedFor } from '../../apps/core/wanted'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { canCopyIn } from '../../catalogue/core/image-units'
import { KnownError } from '../../../foundation/core/errors'
import { parseSize } from '../../../foundation/core/size'
import { effective } from '../../properties/core/properties'
import type { Engine } from '../../../foundation/docker/engine'
import type { ContainerView } from '../../../foundation/docker/engine/container-view'
import type { Copied } from './copy-in'
import { callHelper } from '../../../foundation/helper/call'
import type { Server } from '../../apps/host/server'
import { ensureCacheDirectories } from '../../apps/host/apply'
import { rememberSeen } from '../../apps/host/inspect'

/** Maximum seconds for copying from an image. */
const PATIENCE = 120

/**
 * An archive that ends at a read error: the root helper notices that it is incomplete and removes what
 * it has written.
 */
async function* upToFailure(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* archive
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
}

/** The same for a stream that is closed after a number of seconds. */
async function* forSeconds(
  stream: AsyncIterable<Uint8Array> & { destroy(): unknown },
  seconds: number,
): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => stream.destroy(), seconds * 1000)
  try {
    yield* upToFailure(stream)
  } finally {
    clearTimeout(timer)
    stream.destroy()
  }
}

async function copyPlace(
  server: Server,
  view: ContainerView,
  { place, within, directory }: ImageFiles,
  maxBytes: number,
): Promise<Copied & { modified: string }> {
  const stat = await view.stat(place)
  if (stat && stat.kind !== 'directory') throw new KnownError('it is not a directory')
  const modified = stat?.modified ?? ''
  const archive = await view.archive(place)
  if (!archive) throw new KnownError('it does not exist any more')
  const args = ['copy', directory, within || '.', String(maxBytes), String(PATIENCE)]
  const input = forSeconds(archive, PATIENCE)
  const { stdout } = await callHelper(server, 'write', args, { input })
  return { ...(JSON.parse(stdout) as Copied), modified }
}

/** Copies the browsers in one system's directory to that of another. Throws KnownError. */
export async function copyFromDirectory(
  server: Server,
  app: string,
  from: string,
  to: string,
): Promise<void> {
  const name = `playwright@${to}`
  await ensureCacheDirectories(server, [name])
  const { directory } = cacheNamed('playwright')
  const tarArgs = ['-C', join(server.platform.root, directory), '-cf', '-', from]
  const archive = server.runner.stream('tar', tarArgs, { timeout: PATIENCE * 1000 })
  const args = ['copy', name, '.', String(parseSize(limitOf(server, app))), String(PATIENCE)]
  await callHelper(server, 'write', args, { input: upToFailure(archive) })
}

function limitOf(server: Server, app: string): string {
  const values = server.dokku.properties.all(app)
  return effective('image-copy-max-size', values, server.settings)
}

async function attempt(
  server: Server,
  view: ContainerView,
  files: ImageFiles,
  maxBytes: number,
): Promise<{ outcome: CopyOutcome; copied: readonly CopiedPlace[] }> {
  const { place, directory } = files
  try {
    if (cacheNamed(files.cache).perSystem && !directory.includes('@')) {
      throw new KnownError('the system of the image is not known')
    }
    await ensureCacheDirectories(server, [directory])
    const { bytes, modified, needed } = await copyPlace(server, view, files, maxBytes)
    return { outcome: { ...files, bytes }, copied: [{ place, directory, modified, needed }] }
  } catch (error) {
    // A defect must not fail the deploy either: the app only lacks this cache.
    const why = error instanceof Error ? error.message : String(error)
    return { outcome: { ...files, why }, copied: [] }
  }
}

/**
 * Copies files of a deploy's image that mounts would hide to the shared caches. What was copied is
 * recorded with the image, and no longer withholds a cache from the app. Returns the result for each
 * path. Throws KnownError if the Engine cannot be reached.
 */
export async function copyFromImage(
  server: Server,
  engine: Engine,
  state: AppState,
  image: string,
): Promise<readonly CopyOutcome[]> {
  const { app } = state
  const { hostRoot } = server.platform
  const hidden = hiddenImageFiles(state, hostRoot, wantedFor(state, hostRoot))
  const places = hidden.filter(({ cache }) => canCopyIn(cache))
  const limit = limitOf(server, app)
  if (!state.seen || places.length === 0 || limit === 'off') return []
  const results = await engine.withContainerOf(image, async (view) => {
    const done = []
    for (const place of places) done.push(await attempt(server, view, place, parseSize(limit)))
    return done
  })
  const copied = [...state.seen.copied, ...results.flatMap((result) => result.copied)]
  await rememberSeen(server, new Map([[app, { ...state.seen, copied }]]))
  return results.map(({ outcome }) => outcome)
}
