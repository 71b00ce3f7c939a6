import { type Apps, readRecord } from '../core/records'
import { attribute } from '../core/apps'
import {
  type BuildCacheReport,
  type OutsideReport,
  detailBuildCache,
  reportBuildCache,
} from '../core/report'
import { outsideCaches } from '../core/outside-caches'
import type { Engine } from '../../../foundation/docker/engine'

const APP_LABEL = 'com.dokku.app-name'

/** Names of images, with and without a registry: `*` in Docker's filter does not match a slash. */
const ANY_NAME = ['*', '*/*', '*/*/*']

/** Returns a function that finds the apps of a record, from the histories of all images. */
export async function readApps(engine: Engine): Promise<Apps> {
  const [images, others] = await Promise.all([
    engine.images('dokku/*'),
    Promise.all(ANY_NAME.map((name) => engine.images(name))),
  ])
  const ofApps = images.flatMap(({ id, labels }) => {
    const app = labels[APP_LABEL]
    return app ? [{ app, id }] : []
  })
  const bases = others.flat().filter(({ labels }) => labels[APP_LABEL] === undefined)
  const baseIds = [...new Set(bases.map(({ id }) => id))]
  return attribute(
    await Promise.all(
      ofApps.map(async ({ app, id }) => ({ app, history: await engine.history(id) })),
    ),
    await Promise.all(baseIds.map((id) => engine.history(id))),
  )
}

async function readOutside(engine: Engine): Promise<readonly OutsideReport[]> {
  const [volumes, containers] = await Promise.all([engine.volumes(), engine.containers({})])
  const ofBuildkit = containers.filter(({ image }) => /(^|\/)moby\/buildkit([:@]|$)/.test(image))
  return outsideCaches(
    volumes,
    ofBuildkit.flatMap(({ volumes: names }) => names),
  )
}

/**
 * Measures Docker's build cache. `full` adds the details: the apps of each record, and the volumes of
 * builders, which Docker walks to get their sizes.
 */
export async function measureBuildCache(engine: Engine, full: boolean): Promise<BuildCacheReport> {
  const records = (await engine.buildCache()).map(readRecord)
  const report = reportBuildCache(records)
  if (!full) return report
  const [apps, outside] = await Promise.all([readApps(engine), readOutside(engine)])
  return { ...report, details: detailBuildCache(records, apps, outside) }
}
