import { KnownError } from '../../../foundation/core/errors'
import { callHelper } from '../../../foundation/helper/call'
import { makeLimitStore } from '../../limits/host/store'
import type { Step } from '../core/plan'
import type { AppVolume, User } from '../core/volume'
import { fillingName } from './directories'
import type { VolumeServer } from './server'

const words = (owner: User | null, mode: string | null) => [
  owner ? `${owner.uid}:${owner.gid}` : '-',
  mode ?? '-',
]

/**
 * Fills an empty volume from an image, in a directory beside it: Docker copies at the first use of an
 * empty volume only, so a copy that was cut off would never be completed.
 */
async function fill(
  server: VolumeServer,
  { entry, path }: AppVolume,
  { image, owner, mode }: Extract<Step, { kind: 'fill' }>,
): Promise<void> {
  const engine = await server.engine()
  // The filled directory is a new one, without a limit.
  makeLimitStore(server.platform.root).put(entry, null)
  const name = `filling-${entry}`
  await callHelper(server, 'write', ['begin-filling', entry])
  if (await engine.volume(name)) await engine.removeVolume(name)
  await engine.createBindVolume(name, server.deviceOf(fillingName(entry)), {})
  try {
    await engine.fillVolume(image, name, path)
  } finally {
    await engine.removeVolume(name)
  }
  await callHelper(server, 'write', ['end-filling', entry, ...words(owner, mode)])
}

async function setLimit(server: VolumeServer, { entry }: AppVolume, bytes: number | null) {
  await callHelper(server, 'write', ['limit', entry, String(bytes ?? 'off')])
  makeLimitStore(server.platform.root).put(entry, bytes)
}

/** Replaces a volume that shows another directory. Docker refuses to remove one that is in use. */
async function makeVolume(server: VolumeServer, volume: AppVolume, replace: boolean) {
  const engine = await server.engine()
  if (replace) {
    await engine.removeVolume(volume.entry).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new KnownError(`The Docker volume ${volume.entry} shows another directory: ${why}`, {
        hint: `Stop what uses it, then run this again: docker ps -a --filter volume=${volume.entry}`,
        cause,
      })
    })
  }
  const labels = { 'com.dokku.app-name': volume.app, 'com.dokku.persist.volume': volume.name }
  await engine.createBindVolume(volume.entry, server.deviceOf(volume.entry), labels)
}

async function attach({ dokku }: VolumeServer, volume: AppVolume): Promise<void> {
  const { app, entry, path, readonly, process } = volume
  await dokku.apply(app, {
    kind: 'mount',
    entry: dokku.namedEntries ? entry : null,
    hostPath: entry,
    containerPath: path,
    readonly,
    ...(process === null ? {} : { process }),
  })
}

/** Applies one step. Throws KnownError if something refuses. */
async function applyStep(server: VolumeServer, volume: AppVolume, step: Step): Promise<void> {
  const { dokku, records } = server
  const { app, entry } = volume
  switch (step.kind) {
    case 'record':
      return records.put(step.volume)
    case 'directory':
    case 'owner':
      await callHelper(server, 'write', ['make', entry, ...words(step.owner, step.mode)])
      return
    case 'fill':
      return fill(server, volume, step)
    case 'limit':
      return setLimit(server, volume, step.bytes)
    case 'volume':
      return makeVolume(server, volume, step.replace)
    case 'entry':
      // The entry names the volume, not the directory.
      return dokku.createEntry(entry, entry)
    case 'detach':
      return dokku.apply(app, { kind: 'unmount', ...step.mount })
    case 'attach':
      return attach(server, volume)
    case 'set':
      return dokku.apply(app, { kind: 'set', values: { [step.name]: step.value } })
    case 'unset':
      return dokku.apply(app, { kind: 'unset', keys: [step.name] })
  }
}

/** Called when a volume has been filled from an image, before its record says so. */
export type OnFilled = (server: VolumeServer, volume: AppVolume, image: string) => Promise<void>

/** Applies the steps of a volume in order. The caller holds the lock of the app. */
export async function applySteps(
  server: VolumeServer,
  volume: AppVolume,
  steps: readonly Step[],
  onFilled: OnFilled,
): Promise<void> {
  for (const step of steps) {
    await applyStep(server, volume, step)
    if (step.kind === 'fill') await onFilled(server, volume, step.image)
  }
}
