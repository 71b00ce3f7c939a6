import { isSystem } from '../../catalogue/core/system'
import { type BaseImage, baseKey } from '../../devices/core/cdi'
import type { Server } from '../../apps/host/server'

/**
 * The note that this deploy's Dockerfile was rewritten: the frontend it needs, the base of the image
 * and where its browsers go, the bases of its other stages, and the devices that the build has to be
 * given. The bash trigger docker-args-process-build prints the first and the last for a file that asks
 * for a device; the bases are looked up when the image is built. Of the browsers it says the system
 * whose directory they go to, and `own` where the file itself says where they are.
 */
const KEY = 'rewritten'

/** A note of an earlier deploy would say of this one what is not so. */
export async function forgetRewriting(server: Server, app: string): Promise<void> {
  if (server.dokku.properties.get(app, KEY)) await server.dokku.properties.unset(app, KEY)
}

/** What a build needs, and what has to be known of it when its image is there. */
export interface Rewritten {
  /** A reference to an image, '' for the Engine's own. */
  readonly frontend: string
  /** What the last stage begins with; null where the build ends at another one. */
  readonly base: BaseImage | null
  readonly browsers: string
  /** What the other stages begin with that are built. */
  readonly others: readonly BaseImage[]
  /** The devices that the build has to be given. */
  readonly allowed: readonly string[]
}

/** Written before the file is: a rewritten file without its frontend would fail the build. */
export async function noteRewriting(server: Server, app: string, build: Rewritten): Promise<void> {
  const key = build.base ? baseKey(build.base) : '-'
  const of = `${key}:${build.browsers || '-'}`
  const others = build.others.map(baseKey).join(',') || '-'
  const note = [build.frontend || '-', of, others, ...build.allowed].join(' ')
  if (server.dokku.properties.get(app, KEY) !== note)
    await server.dokku.properties.set(app, KEY, note)
}

/** What was noted of this deploy. */
export interface NotedBuild {
  /** The key of the base that the image began with; null where nothing was rewritten. */
  readonly base: string | null
  /** The keys of the bases of its other stages. */
  readonly others: readonly string[]
  /** The system whose directory has its browsers; null where they are in the image, if anywhere. */
  readonly browsers: string | null
  /** Whether the file itself says where browsers are. */
  readonly speaks: boolean
}

export function notedBuild(server: Server, app: string): NotedBuild {
  const note = server.dokku.properties.get(app, KEY) ?? ''
  const [, of = '', others = '-'] = note.split(' ')
  const [key = '-', browsers = '-'] = of.split(':')
  return {
    base: key === '-' ? null : key,
    others: others === '-' ? [] : others.split(','),
    browsers: isSystem(browsers) ? browsers : null,
    speaks: browsers === 'own',
  }
}
