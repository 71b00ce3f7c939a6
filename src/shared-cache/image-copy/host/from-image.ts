import { join } from 'node:path'
import type { AppState, CopiedPlace } from '../../apps/core/app'
import { type CopyOutcome, type ImageFiles, hiddenImageFiles } from '../../apps/core/image-files'
import { wantedFor } from '../../apps/core/wanted'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { canCopyIn } from '../../catalogue/core/image-units'
import { KnownError } from '../../../foundation/core/errors'
import { parseSize } from '../../../foundation/core/size'
import { effective } from '../../settings/core/settings'
import type { Engine } from '../../../foundation/docker/engine'
import type { ContainerView } from '../../../foundation/docker/engine/container-view'
import type { Copied } from './copy-in'
import { callHelper } from '../../../foundation/helper/call'
import type { Server } from '../../apps/host/server'
import { ensureCacheDirectories } from '../../apps/host/apply'
import { rememberSeen } from '../../apps/host/inspect'

/** Seconds that copying from an image may take. */
const PATIENCE = 120

/**
 * An archive that ends where reading it fails: the root helper notices that it is incomplete, and
 * undoes what it began.
 */
async function* upToFailure(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* archive
  } catch (error) {
    if (!(error instanceof Error)) throw error
  }
}

/** The same, of a stream that is closed after some seconds. */
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
  { place, within, room }: ImageFiles,
  maxBytes: number,
): Promise<Copied & { modified: string }> {
  const stat = await view.stat(place)
  if (stat && stat.kind !== 'directory') throw new KnownError('it is no directory')
  const modified = stat?.modified ?? ''
  const archive = await view.archive(place)
  if (!archive) throw new KnownError('it is gone')
  const args = ['take', room, within || '.', String(maxBytes), String(PATIENCE)]
  const input = forSeconds(archive, PATIENCE)
  const { stdout } = await callHelper(server, 'write', args, { input })
  return { ...(JSON.parse(stdout) as Copied), modified }
}

/** Copies the browsers of one system to the directory of another. Throws KnownError. */
export async function copyFromDirectory(
  server: Server,
  app: string,
  from: string,
  to: string,
): Promise<void> {
  const room = `playwright@${to}`
  await ensureCacheDirectories(server, [room])
  const { directory } = cacheNamed('playwright')
  const tarArgs = ['-C', join(server.platform.root, directory), '-cf', '-', from]
  const archive = server.runner.stream('tar', tarArgs, { timeout: PATIENCE * 1000 })
  const args = ['take', room, '.', String(parseSize(limitOf(server, app))), String(PATIENCE)]
  await callHelper(server, 'write', args, { input: upToFailure(archive) })
}

function limitOf(server: Server, app: string): string {
  const values = server.dokku.properties.all(app)
  return effective('image-copy-max-size', values, server.settings)
}

async function attempt(
  server: Server,
  view: ContainerView,
  held: ImageFiles,
  maxBytes: number,
): Promise<{ outcome: CopyOutcome; taken: readonly CopiedPlace[] }> {
  try {
    if (cacheNamed(held.cache).perSystem && !held.room.includes('@')) {
      throw new KnownError('the system of the image is not known')
    }
    await ensureCacheDirectories(server, [held.room])
    const { bytes, modified, needed } = await copyPlace(server, view, held, maxBytes)
    const { place, room } = held
    return { outcome: { ...held, bytes }, taken: [{ place, room, modified, needed }] }
  } catch (error) {
    // Whatever it is, a defect too: the app goes without that cache, and its deploy goes on.
    const why = error instanceof Error ? error.message : String(error)
    return { outcome: { ...held, why }, taken: [] }
  }
}

/**
 * Copies what the image of an app's deploy holds, where a mount would hide it, into the shared caches.
 * What is copied is remembered with the image, and keeps the app from nothing any more. Gives back what
 * came of each place. Throws KnownError where the Engine cannot be asked.
 */
export async function copyFromImage(
  server: Server,
  engine: Engine,
  state: AppState,
  image: string,
): Promise<readonly CopyOutcome[]> {
  const { app } = state
  const { hostRoot } = server.platform
  const held = hiddenImageFiles(state, hostRoot, wantedFor(state, hostRoot))
  const places = held.filter(({ cache }) => canCopyIn(cache))
  const limit = limitOf(server, app)
  if (!state.seen || places.length === 0 || limit === 'off') return []
  const { taken } = state.seen
  const results = await engine.withContainerOf(image, async (view) => {
    const done = []
    for (const place of places) done.push(await attempt(server, view, place, parseSize(limit)))
    return done
  })
  const all = [...taken, ...results.flatMap((result) => result.taken)]
  await rememberSeen(server, new Map([[app, { ...state.seen, taken: all }]]))
  return results.map(({ outcome }) => outcome)
}
