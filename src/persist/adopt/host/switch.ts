import type { Mount } from '../../../foundation/core/app-changes'
import { KnownError } from '../../../foundation/core/errors'
import { withAppLock } from '../../../foundation/dokku/app-lock'
import { callHelper } from '../../../foundation/helper/call'
import { rememberImage } from '../../image-updates/host/volumes'
import { needsRestart, planVolume } from '../../volumes/core/plan'
import { applySteps } from '../../volumes/host/apply'
import { readApp, readDirectories, readFacts } from '../../volumes/host/inspect'
import { isRunning } from '../../volumes/host/restart'
import type { VolumeServer } from '../../volumes/host/server'
import type { Item } from '../core/plan'
import type { AdoptState } from '../core/state'
import { startApp, waitForPs } from './app'
import type { StateFile } from './state'

const isSameMount = (a: Mount, b: Mount) =>
  a.entry === b.entry && a.hostPath === b.hostPath && a.containerPath === b.containerPath

function hasOld({ mount }: Item, mounts: readonly Mount[]): boolean {
  return mount !== null && mounts.some((one) => isSameMount(one, mount))
}

function hasNew({ volume }: Item, mounts: readonly Mount[]): boolean {
  return mounts.some(({ hostPath }) => hostPath === volume.entry)
}

/**
 * Puts a verified copy in place of an old mount. Each step can be repeated. The old mount goes last, when
 * everything else of the volume is there.
 */
async function switchItem(server: VolumeServer, item: Item): Promise<void> {
  const { volume, mount } = item
  const { app, entry } = volume
  const there = await readDirectories(server, [entry])
  if (!there.get(entry)?.directory) {
    const { stdout } = await callHelper(server, 'write', ['end-filling', entry, '-', '-'])
    const { filled } = JSON.parse(stdout) as { readonly filled: boolean }
    if (!filled) {
      throw new KnownError(`The directory of the volume ${entry} has files of something else`)
    }
  }
  const state = await readApp(server, app)
  const steps = planVolume(volume, await readFacts(server, volume, state))
  const isLast = (step: (typeof steps)[number]) => needsRestart([step])
  await applySteps(
    server,
    volume,
    steps.filter((step) => !isLast(step)),
    rememberImage,
  )
  if (mount !== null && hasOld(item, state.mounts)) {
    await server.dokku.apply(app, { kind: 'unmount', ...mount })
  }
  await applySteps(server, volume, steps.filter(isLast), rememberImage)
}

/** Replaces the mounts of a stopped app. The copies are verified. */
export function switchAll(
  server: VolumeServer,
  app: string,
  items: readonly Item[],
): Promise<void> {
  return withAppLock(server.platform, app, async () => {
    for (const item of items) await switchItem(server, item)
  })
}

/**
 * Puts right what a killed run has left of a switch: volumes whose old mount is gone already get their
 * new one. Where the old mount is still there, the app may have used it since: that volume is copied
 * again.
 */
export async function completeSwitch(server: VolumeServer, state: AdoptState): Promise<void> {
  if (state.phase !== 'switching') return
  const mounts = await server.dokku.mounts(state.app)
  const begun = state.items.filter(
    (item) =>
      server.records.get(item.volume.entry) !== null &&
      !hasOld(item, mounts) &&
      !hasNew(item, mounts),
  )
  await switchAll(server, state.app, begun)
}

/**
 * What has to happen at once after a run was killed: an app that it has stopped runs again, with its old
 * mounts, or with all new ones if the switch had begun.
 */
export async function recover(server: VolumeServer, file: StateFile): Promise<void> {
  const state = file.read()
  if (!state || state.phase === 'copying') return
  const { app, phase, items, wasRunning } = state
  await waitForPs(server, file.psPlace())
  const runs = await isRunning(server, app)
  if (runs) await completeSwitch(server, state)
  else if (phase === 'switching') await switchAll(server, app, items)
  if (wasRunning && !runs) await startApp(server, app, file.psPlace())
  if (phase === 'switching' && !runs) file.delete()
  else file.write({ ...state, phase: 'copying' })
}
