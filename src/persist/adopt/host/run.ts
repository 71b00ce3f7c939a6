import { KnownError } from '../../../foundation/core/errors'
import { callHelper } from '../../../foundation/helper/call'
import { type Disarm, onDeath } from '../../../foundation/process/on-death'
import type { VolumeServer } from '../../volumes/host/server'
import type { Item } from '../core/plan'
import { overlap } from '../core/places'
import type { AdoptState } from '../core/state'
import { startApp, stopApp } from './app'
import { ofOtherContainers } from './inspect'
import type { StateFile } from './state'
import { switchAll } from './switch'

/** What an adoption says while it runs. */
export type Say = (text: string) => void

const words = ({ source, volume }: Item) => [source.kind, source.name, volume.entry]

async function copyAll(server: VolumeServer, items: readonly Item[], say: Say): Promise<void> {
  for (const item of items) {
    say(`Copying ${item.found.directory} while the app runs`)
    await callHelper(server, 'write', ['copy-in-use', ...words(item)])
  }
}

/** Throws KnownError if something else writes to a source: its files would change during the copy. */
async function checkUnused(server: VolumeServer, app: string, items: readonly Item[]) {
  for (const { directory, user } of await ofOtherContainers(await server.engine(), app)) {
    const item = items.find(({ found }) => overlap(found.directory, directory))
    if (!item) continue
    throw new KnownError(`${user} uses ${item.found.directory} too`, {
      hint: 'Stop it, then run this again.',
    })
  }
}

async function verifyAll(server: VolumeServer, items: readonly Item[], say: Say): Promise<void> {
  for (const item of items) {
    say(`Comparing every file of ${item.found.directory} with its copy`)
    await callHelper(server, 'write', ['copy-and-verify', ...words(item)])
  }
}

/** Starts the app again if this process dies, whatever ends it. */
function guard({ log }: StateFile, app: string): Promise<Disarm> {
  const [node = process.execPath, program = ''] = process.argv
  return onDeath(node, [program, 'adopt', app, '--recover'], log)
}

/**
 * Takes over the mounts of an app: copies them while it runs, stops it, copies what changed, verifies
 * every file, replaces the mounts and starts it. Before the mounts change, a failure leaves everything as
 * it was, and starts the app again. The caller holds the lock of the adoption.
 */
export async function runAdoption(
  server: VolumeServer,
  file: StateFile,
  before: Omit<AdoptState, 'phase'>,
  say: Say,
): Promise<void> {
  const { app, items, wasRunning } = before
  file.write({ ...before, phase: 'copying' })
  for (const { volume } of items) await callHelper(server, 'write', ['reopen-copy', volume.entry])
  await copyAll(server, items, say)

  const disarm = await guard(file, app)
  file.write({ ...before, phase: 'stopped' })
  try {
    if (wasRunning) {
      say(`Stopping ${app}`)
      await stopApp(server, app, file.psPlace())
    }
    await checkUnused(server, app, items)
    await verifyAll(server, items, say)
  } catch (error) {
    if (wasRunning) await startApp(server, app, file.psPlace())
    file.write({ ...before, phase: 'copying' })
    await disarm()
    throw error
  }
  // From here on a failure ends this process, and the guard tries the rest once more.
  file.write({ ...before, phase: 'switching' })
  say('Replacing the mounts')
  await switchAll(server, app, items)
  if (wasRunning) {
    say(`Starting ${app}`)
    await startApp(server, app, file.psPlace()).finally(() => file.delete())
  }
  file.delete()
  await disarm()
}
