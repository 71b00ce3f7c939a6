import { isSystem } from '../../catalogue/core/system'
import { type BaseImage, baseKey } from '../../devices/core/cdi'
import type { Server } from '../../apps/host/server'

/**
 * What `pre-build` notes about the Dockerfile that it rewrote, in properties of the app, a value each.
 * Values that the build does not need are not set. The bash trigger `docker-args-process-build` reads
 * the frontend and the devices; `pre-release-builder` reads the rest when the image is built.
 */
const KEYS = {
  /** Reference of the frontend's image; not set for the Engine's own. */
  frontend: 'rewritten-frontend',
  /** Names of the devices that the build has to be given, a space between two. */
  devices: 'rewritten-devices',
  /** Key of the base image of the last stage. */
  base: 'rewritten-base',
  /** Keys of the base images of the other stages, a comma between two. */
  otherBases: 'rewritten-other-bases',
  /** System whose directory the browsers go to; `own` where the file itself sets their location. */
  browsers: 'rewritten-browsers',
} as const

/** The note of earlier versions, all in one value: still read for a build that runs during an update. */
const OLD_KEY = 'rewritten'

/** Sets the properties that differ; unsets those without a value. */
async function writeNote(
  { dokku: { properties } }: Server,
  app: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const now = properties.all(app)
  const keys = [...Object.values(KEYS), OLD_KEY]
  await Promise.all(
    keys.map(async (key) => {
      const value = values[key] ?? ''
      if ((now[key] ?? '') === value) return
      await (value === '' ? properties.unset(app, key) : properties.set(app, key, value))
    }),
  )
}

/** Removes the note of an earlier deploy: it does not hold for this one. */
export async function forgetRewriting(server: Server, app: string): Promise<void> {
  await writeNote(server, app, {})
}

/** What a build needs, and what `pre-release-builder` has to know about it. */
export interface Rewritten {
  /** Reference of an image, '' for the Engine's own frontend. */
  readonly frontend: string
  /** Base image of the last stage; null where the build ends at another stage. */
  readonly base: BaseImage | null
  /** A system, `own`, or '' for browsers in the image. */
  readonly browsers: string
  /** Base images of the other stages that are built. */
  readonly others: readonly BaseImage[]
  /** Names of the devices that the build has to be given. */
  readonly allowed: readonly string[]
}

/** Call it before the file is replaced: a rewritten file without its frontend fails the build. */
export async function noteRewriting(server: Server, app: string, build: Rewritten): Promise<void> {
  await writeNote(server, app, {
    [KEYS.frontend]: build.frontend,
    [KEYS.devices]: build.allowed.join(' '),
    [KEYS.base]: build.base ? baseKey(build.base) : '',
    [KEYS.otherBases]: build.others.map(baseKey).join(','),
    [KEYS.browsers]: build.browsers,
  })
}

/** What was noted about the build of this deploy. */
export interface NotedBuild {
  /** Key of the base image of the last stage; null where nothing was rewritten. */
  readonly base: string | null
  /** Keys of the base images of the other stages. */
  readonly others: readonly string[]
  /** The system whose directory has the browsers; null where they are in the image, if anywhere. */
  readonly browsers: string | null
  /** Whether the file itself sets the location of browsers. */
  readonly speaks: boolean
}

/** `FRONTEND BASE:BROWSERS OTHERS DEVICE…`, `-` for an empty value. */
function readOldNote(note: string): Readonly<Record<string, string>> {
  const [, of = '', others = ''] = note.split(' ')
  const [base = '', browsers = ''] = of.split(':')
  const values = { [KEYS.base]: base, [KEYS.otherBases]: others, [KEYS.browsers]: browsers }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '-'))
}

export function notedBuild({ dokku: { properties } }: Server, app: string): NotedBuild {
  const all = properties.all(app)
  const old = all[OLD_KEY]
  const values = old === undefined ? all : readOldNote(old)
  const browsers = values[KEYS.browsers] ?? ''
  return {
    base: values[KEYS.base] || null,
    others: values[KEYS.otherBases]?.split(',').filter(Boolean) ?? [],
    browsers: isSystem(browsers) ? browsers : null,
    speaks: browsers === 'own',
  }
}
