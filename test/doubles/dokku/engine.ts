import { type ContainerState, findImage, newId, readEngine, writeEngine } from '../engine-state'
import { mergedEnv } from './config'

/** The result of a build: the app's image, with Dokku's labels. False if the source is unknown. */
export function tagImage(source: string, app: string, builder: string): boolean {
  const state = readEngine()
  const image = findImage(state, source)
  if (!image) return false
  const labels = { 'com.dokku.app-name': app, 'com.dokku.builder-type': builder }
  const built = { ...image, id: `sha256:${newId()}`, labels: { ...image.labels, ...labels } }
  writeEngine({ ...state, images: { ...state.images, [`dokku/${app}:latest`]: built } })
  return true
}

function binds(args: string): string[] {
  return [...args.matchAll(/(?:^|\s)(?:-v|--volume)[ =](\S+)/g)].map((match) => match[1] ?? '')
}

function withoutApp(
  containers: Readonly<Record<string, ContainerState>>,
  app: string,
): Record<string, ContainerState> {
  const others = Object.entries(containers).filter(([, { name }]) => name !== `${app}.web.1`)
  return Object.fromEntries(others)
}

/** Replaces the app's only container. Returns its id. */
export function runContainer(app: string, builder: string, args: string): string {
  const state = readEngine()
  const image = findImage(state, `dokku/${app}:latest`)
  const id = newId()
  const container: ContainerState = {
    name: `${app}.web.1`,
    image: image?.id ?? '',
    runsAs: image?.runsAs ?? '0',
    labels: {
      'com.dokku.app-name': app,
      'com.dokku.builder-type': builder,
      'com.dokku.container-type': 'deploy',
      'com.dokku.process-type': 'web',
    },
    env: mergedEnv(app),
    binds: binds(args),
    running: true,
  }
  const containers = { ...withoutApp(state.containers, app), [id]: container }
  writeEngine({ ...state, containers })
  return id
}

/** Stops or starts the containers of an app. */
export function setRunning(app: string, running: boolean): void {
  const state = readEngine()
  const containers = Object.entries(state.containers).map(
    ([id, one]) => [id, one.name === `${app}.web.1` ? { ...one, running } : one] as const,
  )
  writeEngine({ ...state, containers: Object.fromEntries(containers) })
}

export function isRunning(app: string): boolean {
  const all = Object.values(readEngine().containers)
  return all.some((one) => one.name === `${app}.web.1` && one.running)
}

/** Removes a destroyed app's images and containers from the Engine. */
export function forgetApp(app: string): void {
  const state = readEngine()
  const images = Object.entries(state.images).filter(([name]) => name !== `dokku/${app}:latest`)
  writeEngine({
    ...state,
    images: Object.fromEntries(images),
    containers: withoutApp(state.containers, app),
  })
}
