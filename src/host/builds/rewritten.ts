import { type BaseImage, baseKey } from '../../core/builds/cdi'
import type { Site } from '../dokku/apply'

/**
 * The note that this deploy's Dockerfile was rewritten: the frontend it needs, the base of the image,
 * and the devices that the build has to be given. The bash trigger docker-args-process-build prints
 * the first and the last for a file that asks for a device; the base is looked up when the image is
 * built.
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
  allowed: readonly string[],
): Promise<void> {
  const key = base ? baseKey(base) : '-'
  const note = [frontend || '-', key, ...allowed].join(' ')
  if (site.dokku.properties.get(app, KEY) !== note) await site.dokku.properties.set(app, KEY, note)
}

/** The key of the base that the image of this deploy began with; null where nothing was rewritten. */
export function notedBase(site: Site, app: string): string | null {
  const [, key = '-'] = (site.dokku.properties.get(app, KEY) ?? '').split(' ')
  return key === '-' ? null : key
}
