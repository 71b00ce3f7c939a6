import type { Step } from '../../volumes/core/plan'
import { checkPlace, planVolume, variableFor } from '../../volumes/core/plan'
import type { AppVolume } from '../../volumes/core/volume'
import { readApp, readFacts } from '../../volumes/host/inspect'
import type { VolumeServer } from '../../volumes/host/server'
import { type Wanted, wantedVolume } from '../core/wanted'

/** A volume and the steps that make it what it should be. */
export interface Planned {
  readonly volume: AppVolume
  readonly steps: readonly Step[]
  /** Why a limit of it cannot be enforced, in one line; null if it can. */
  readonly watched: string | null
}

/** Plans a volume of an app that exists. Throws KnownError for a path that cannot be one. */
export async function planAdd(server: VolumeServer, wanted: Wanted): Promise<Planned> {
  const { app, path } = wanted
  const state = await readApp(server, app)
  const own = server.records.of(app)
  const isTaken = (entry: string) => state.entries.has(entry) || server.records.get(entry) !== null
  const made = wantedVolume(wanted, own, isTaken, server.now().getTime())
  checkPlace(path, state.mounts, made.entry)
  const others = own.filter(({ entry }) => entry !== made.entry)
  const volume = { ...made, variable: variableFor(made, others, state.env) }
  const facts = await readFacts(server, volume, state)
  return { volume, steps: planVolume(volume, facts), watched: facts.watched }
}
