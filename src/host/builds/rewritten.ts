import { isSystem } from '../../core/apps/system'
import { type BaseImage, baseKey } from '../../core/builds/cdi'
import type { Site } from '../dokku/apply'

/**
 * The note that this deploy's Dockerfile was rewritten: the frontend it needs, the base of the image
 * and where its browsers go, and the devices that the build has to be given. The bash trigger
 * docker-args-process-build prints the first and the last for a file that asks for a device; the base
 * is looked up when the image is built. Of the browsers it says the system whose directory they go to,
 * and `own` where the file itself says where they are.
 */
const KEY = 'rewritten'

/** A note of an earlier deploy would say of this one what is not so. */
export async function forgetRewriting(site: Site, app: string): Promise<void> {
  if (site.dokku.properties.get(app, KEY)) await site.dokku.properties.unset(app, KEY)
}

/** Written before the file is: a rewritten file without its frontend would fail the build. */
export async function noteRewriting(
  site: Site,
  app: string,
  frontend: string,
  base: BaseImage | null,
  browsers: string,
  allowed: readonly string[],
): Promise<void> {
  const key = base ? baseKey(base) : '-'
  const note = [frontend || '-', `${key}:${browsers || '-'}`, ...allowed].join(' ')
  if (site.dokku.properties.get(app, KEY) !== note) await site.dokku.properties.set(app, KEY, note)
}

/** What was noted of this deploy. */
export interface NotedBuild {
  /** The key of the base that the image began with; null where nothing was rewritten. */
  readonly base: string | null
  /** The system whose directory has its browsers; null where they are in the image, if anywhere. */
  readonly browsers: string | null
  /** Whether the file itself says where browsers are. */
  readonly speaks: boolean
}

export function notedBuild(site: Site, app: string): NotedBuild {
  const note = site.dokku.properties.get(app, KEY) ?? ''
  const [, of = ''] = note.split(' ')
  const [key = '-', browsers = '-'] = of.split(':')
  return {
    base: key === '-' ? null : key,
    browsers: isSystem(browsers) ? browsers : null,
    speaks: browsers === 'own',
  }
}
