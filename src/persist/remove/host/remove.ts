import { KnownError } from '../../../foundation/core/errors'
import { callHelper } from '../../../foundation/helper/call'
import { makeLimitStore } from '../../limits/host/store'
import { makeUsageStore } from '../../usage/host/store'
import type { Volume } from '../../volumes/core/volume'
import { forgetImage } from '../../image-updates/host/follow'
import { readApp } from '../../volumes/host/inspect'
import type { VolumeServer } from '../../volumes/host/server'
import { type RemoveFacts, type RemoveStep, released } from '../core/plan'

/** Everything that the plan depends on. Changes nothing. */
export async function readRemoveFacts(
  server: VolumeServer,
  { app, entry }: Volume,
): Promise<RemoveFacts> {
  const engine = await server.engine()
  const { mounts, env } = app === null ? { mounts: [], env: {} } : await readApp(server, app)
  const entries = server.dokku.namedEntries ? await server.dokku.entries() : new Map()
  const hasVolume = (await engine.volume(entry)) !== null
  return { mounts, env, hasEntry: entries.has(entry), hasVolume }
}

/** Names of containers that have a volume, also of those that do not run. */
async function usersOf(server: VolumeServer, { entry }: Volume): Promise<readonly string[]> {
  const engine = await server.engine()
  const containers = await engine.containers({ volume: [entry] })
  return containers.map(({ id, names }) => names[0] ?? id.slice(0, 12))
}

async function applyStep(server: VolumeServer, volume: Volume, step: RemoveStep): Promise<void> {
  const { dokku, records } = server
  const { entry } = volume
  const app = volume.app ?? ''
  switch (step.kind) {
    case 'unmount':
      return dokku.apply(app, { kind: 'unmount', ...step.mount })
    case 'unset':
      return dokku.apply(app, { kind: 'unset', keys: [step.name] })
    case 'release':
      return records.put(released(volume))
    case 'destroy entry':
      return dokku.destroyEntry(entry)
    case 'destroy volume':
      return (await server.engine()).removeVolume(entry)
    case 'destroy data':
      await callHelper(server, 'write', ['destroy', entry])
      return
    case 'forget':
      makeLimitStore(server.platform.root).put(entry, null)
      makeUsageStore(server.platform.root).delete(entry)
      forgetImage(server, entry)
      return records.delete(entry)
  }
}

/** Applies the steps in order. Throws KnownError if one refuses; what is done stays done. */
export async function applyRemove(
  server: VolumeServer,
  volume: Volume,
  steps: readonly RemoveStep[],
): Promise<void> {
  for (const step of steps) await applyStep(server, volume, step)
}

/** Throws KnownError if a container has a volume whose data is to be deleted. */
export async function refuseIfUsed(server: VolumeServer, volume: Volume): Promise<void> {
  const users = await usersOf(server, volume)
  if (users.length === 0) return
  const { app, name, entry } = volume
  throw new KnownError(`The volume ${entry} is used by ${users.join(', ')}`, {
    hint:
      app === null
        ? 'Containers that a deploy has replaced go after a minute. Then run this again.'
        : `First take it from the app: dokku persist:remove ${app} ${name} --restart. A minute later: dokku persist:remove --orphan ${entry} --destroy-data`,
  })
}
