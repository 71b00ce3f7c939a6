import { callHelper } from '../../../foundation/helper/call'
import { withAppLock } from '../../../foundation/dokku/app-lock'
import { entryFor } from '../core/names'
import { isMountOf, planVolume } from '../core/plan'
import type { AppVolume } from '../core/volume'
import { type OnFilled, applySteps } from './apply'
import { type AppFacts, readApp, readFacts } from './inspect'
import type { VolumeServer } from './server'

/** On a clone that still has the volumes of its original: the name of that app. */
const CLONE_OF = 'clone-of'

/**
 * Remembers what a new app is a clone of, and copies the properties of the original. Dokku copies the
 * mounts of the original at the same event, so nothing can be changed yet.
 */
export async function startClone(server: VolumeServer, from: string, to: string): Promise<void> {
  const { properties } = server.dokku
  if (server.records.of(from).length > 0) await properties.set(to, CLONE_OF, from)
  for (const [key, value] of Object.entries(properties.all(from))) {
    if (key !== CLONE_OF) await properties.set(to, key, value)
  }
}

/** A volume of a clone, and the volume whose data was copied to it; null for an empty one. */
interface Cloned extends AppVolume {
  readonly from: string | null
}

/** The record of the volume of a clone: one that an earlier run made, or a new one. */
function cloneRecord(
  { records, now }: VolumeServer,
  original: AppVolume,
  app: string,
  isEntry: (entry: string) => boolean,
): AppVolume {
  const made = records.of(app).find(({ name }) => name === original.name)
  if (made) return made
  const isTaken = (entry: string) => isEntry(entry) || records.get(entry) !== null
  const entry = entryFor(app, original.name, isTaken)
  return {
    ...original,
    entry,
    app,
    filled: false,
    filledFor: null,
    ownerKnown: false,
    created: now().getTime(),
  }
}

/** Copies the data of a volume beside the new one, while the original may be in use. */
async function copyData(server: VolumeServer, from: string, to: string): Promise<void> {
  const run = (...args: readonly string[]) => callHelper(server, 'write', args)
  await run('begin-filling', to)
  await run('copy-in-use', 'own', from, to)
  await run('end-filling', to, '-', '-')
}

/** Takes the volumes of the original from a clone. */
async function detach(
  { dokku }: VolumeServer,
  originals: readonly AppVolume[],
  app: string,
): Promise<void> {
  for (const mount of await dokku.mounts(app)) {
    if (originals.some((original) => isMountOf(original, mount))) {
      await dokku.apply(app, { kind: 'unmount', ...mount })
    }
  }
}

async function makeOwn(
  server: VolumeServer,
  original: AppVolume,
  app: string,
  state: AppFacts,
  withData: boolean,
  onFilled: OnFilled,
): Promise<Cloned> {
  const volume = cloneRecord(server, original, app, (entry) => state.entries.has(entry))
  server.records.put(volume)
  if (withData && !volume.filled) {
    await copyData(server, original.entry, volume.entry)
    server.records.put({
      ...volume,
      filled: true,
      filledFor: original.filledFor,
      ownerKnown: original.ownerKnown,
    })
  }
  const wanted = server.records.get(volume.entry) as AppVolume
  await applySteps(
    server,
    wanted,
    planVolume(wanted, await readFacts(server, wanted, state)),
    onFilled,
  )
  return { ...wanted, from: withData ? original.entry : null }
}

/**
 * Gives a clone volumes of its own, empty or with a copy of the data, where it still has those of its
 * original; [] for any other app. Can be repeated after a kill. Throws KnownError if something refuses.
 */
export async function separateClone(
  server: VolumeServer,
  app: string,
  onFilled: OnFilled,
): Promise<readonly Cloned[]> {
  const { properties } = server.dokku
  const from = properties.get(app, CLONE_OF)
  if (from === undefined) return []
  const withData =
    (properties.get(app, 'clone-data') ?? properties.get('--global', 'clone-data')) === 'true'
  return withAppLock(server.platform, app, async () => {
    const originals = server.records.of(from)
    // All of them first: whatever fails later, the clone does not have the data of its original.
    await detach(server, originals, app)
    const state = await readApp(server, app)
    const made: Cloned[] = []
    for (const original of originals) {
      made.push(await makeOwn(server, original, app, state, withData, onFilled))
    }
    await properties.unset(app, CLONE_OF)
    return made
  })
}
