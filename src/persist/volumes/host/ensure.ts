import { lstatSync } from 'node:fs'
import { KnownError } from '../../../foundation/core/errors'
import { StopError } from '../../../foundation/triggers/run'
import type { Engine } from '../../../foundation/docker/engine'
import { type Step, planVolume } from '../core/plan'
import type { AppVolume } from '../core/volume'
import { type OnFilled, applySteps } from './apply'
import { imageOf, readApp, readFacts } from './inspect'
import type { VolumeServer } from './server'

/** Steps that a deploy makes by itself. What a person changed in Dokku is left to them and to doctor. */
const AT_DEPLOY: readonly Step['kind'][] = [
  'directory',
  'fill',
  'owner',
  'limit',
  'volume',
  'record',
]

/**
 * Throws StopError for a volume whose data is gone: the app would start with an empty directory, and
 * nobody would notice.
 */
function checkData(server: VolumeServer, { app, name, entry, filled }: AppVolume): void {
  const path = server.pathOf(entry)
  if (!filled || lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  throw new StopError(`The data of the volume ${name} of ${app} is missing: there is no ${path}`, {
    hint: `Put it back, or start with an empty volume: dokku persist:doctor ${app} --fix`,
  })
}

/** Whether the Docker volume of a volume shows its directory. */
async function showsDirectory(
  server: VolumeServer,
  engine: Engine,
  { entry }: AppVolume,
): Promise<boolean> {
  return (await engine.volume(entry))?.device === server.deviceOf(entry)
}

/** Whether all Docker volumes of an app show their directories. False if Docker does not answer. */
export async function showDirectories(server: VolumeServer, app: string): Promise<boolean> {
  try {
    const engine = await server.engine()
    const volumes = server.records.of(app)
    const shown = await Promise.all(volumes.map((one) => showsDirectory(server, engine, one)))
    return shown.every(Boolean)
  } catch (error) {
    if (error instanceof KnownError) return false
    throw error
  }
}

/**
 * Makes the volumes of an app ready before its containers start: fills new ones from the image, and
 * creates a Docker volume again that was removed; Docker would make an empty one of that name. Takes a
 * few milliseconds for volumes that are ready. Throws StopError if going on would lose data.
 */
export async function ensureVolumes(
  server: VolumeServer,
  app: string,
  image: string | undefined,
  onFilled: OnFilled,
  said: (volume: AppVolume, steps: readonly Step[]) => void = () => undefined,
): Promise<void> {
  const volumes = server.records.of(app)
  if (volumes.length === 0) return
  for (const volume of volumes) checkData(server, volume)
  const engine = await server.engine()
  const shown = await Promise.all(volumes.map((one) => showsDirectory(server, engine, one)))
  const others = volumes.filter(({ filled }, index) => !filled || !shown[index])
  if (others.length === 0) return
  const state = await readApp(server, app)
  const limits: (() => Promise<void>)[] = []
  for (const volume of others) {
    const facts = await readFacts(server, volume, state, image ?? imageOf(app))
    const steps = planVolume(volume, facts).filter(({ kind }) => AT_DEPLOY.includes(kind))
    said(volume, steps)
    const isLimit = ({ kind }: Step) => kind === 'limit'
    await applySteps(
      server,
      volume,
      steps.filter((step) => !isLimit(step)),
      onFilled,
    )
    limits.push(() => applySteps(server, volume, steps.filter(isLimit), onFilled))
  }
  // A limit that is refused must not leave another volume empty.
  for (const limit of limits) await limit()
}
