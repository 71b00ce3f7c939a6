import { readRecord } from '../core/records'
import { type AppImage, attribute } from '../core/apps'
import {
  type BuildCacheReport,
  type OutsideReport,
  detailBuildCache,
  reportBuildCache,
} from '../core/report'
import { outsideCaches } from '../core/outside-caches'
import type { Engine } from '../../../foundation/docker/engine'

const APP_LABEL = 'com.dokku.app-name'

/** The images of Dokku's apps with their history: which commands made them. */
export async function readAppImages(engine: Engine): Promise<readonly AppImage[]> {
  const images = (await engine.images('dokku/*')).flatMap(({ id, labels }) => {
    const app = labels[APP_LABEL]
    return app ? [{ app, id }] : []
  })
  return Promise.all(
    images.map(async ({ app, id }) => ({ app, history: await engine.history(id) })),
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
 * What Docker's build cache is made of. `full` adds the details, for which the Engine is asked who
 * made what, and what builders keep in volumes: it walks those for their sizes.
 */
export async function measureBuildCache(engine: Engine, full: boolean): Promise<BuildCacheReport> {
  const records = (await engine.buildCache()).map(readRecord)
  const report = reportBuildCache(records)
  if (!full) return report
  const [images, outside] = await Promise.all([readAppImages(engine), readOutside(engine)])
  return { ...report, details: detailBuildCache(records, attribute(images), outside) }
}
