import { existsSync } from 'node:fs'
import { KnownError, noSuchApp } from '../../../foundation/core/errors'
import type { Mount } from '../../../foundation/core/app-changes'
import type { Engine, EngineContainer } from '../../../foundation/docker/engine'
import { readJsonLines } from '../../../foundation/process/json-lines'
import { callHelper } from '../../../foundation/helper/call'
import { runningContainers } from '../../volumes/host/inspect'
import type { VolumeServer } from '../../volumes/host/server'
import type { AdoptFacts, Candidate, Found, Item, OtherUse, Source } from '../core/plan'

/** An anonymous volume of an image's VOLUME: Docker gives it 64 hexadecimal digits as a name. */
const ANONYMOUS = /^[0-9a-f]{64}$/

const keyOf = ({ kind, name }: Source) => `${kind} ${name}`

/** What is at these sources, by `KIND NAME`. Only root can see all of it. */
export async function lookAtSources(
  server: VolumeServer,
  sources: readonly Source[],
): Promise<ReadonlyMap<string, Found | string>> {
  const results = new Map<string, Found | string>()
  if (sources.length === 0) return results
  const words = sources.flatMap(({ kind, name }) => [kind, name])
  const onOutput = readJsonLines((line) => {
    const { source, found } = line as { readonly source: Source; readonly found: Found | string }
    results.set(keyOf(source), found)
  })
  await callHelper(server, 'read', ['look-at', ...words], { onOutput })
  return results
}

type Unseen = Omit<Candidate, 'found'>

function ofMount(mount: Mount): Unseen {
  const isPath = mount.hostPath.startsWith('/')
  const source: Source =
    isPath && mount.entry !== null
      ? { kind: 'entry', name: mount.entry }
      : { kind: 'volume', name: mount.hostPath }
  return { source, mount, path: mount.containerPath, readonly: mount.readonly }
}

/** Anonymous volumes of running containers, those of the first container where several have one. */
export function anonymousVolumes(containers: readonly EngineContainer[]): readonly Unseen[] {
  const found = new Map<string, Unseen>()
  const sorted = [...containers].sort((a, b) => ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1))
  for (const { mounts } of sorted) {
    for (const { type, volume, target, readonly } of mounts) {
      if (type !== 'volume' || !ANONYMOUS.test(volume) || found.has(target)) continue
      const source: Source = { kind: 'volume', name: volume }
      found.set(target, { source, mount: null, path: target, readonly })
    }
  }
  return [...found.values()]
}

/** Directories that other apps mount. */
async function ofOtherApps({ dokku }: VolumeServer, app: string, apps: readonly string[]) {
  const uses: OtherUse[] = []
  for (const other of apps.filter((one) => one !== app)) {
    for (const { hostPath } of await dokku.mounts(other)) {
      uses.push({ directory: hostPath, user: `the app ${other}` })
    }
  }
  return uses
}

/** Directories that running containers of anything but the app have mounted. */
export async function ofOtherContainers(engine: Engine, app: string): Promise<readonly OtherUse[]> {
  const containers = await engine.containers({ status: ['running'] })
  return containers
    .filter(
      ({ labels }) =>
        labels['com.dokku.app-name'] !== app ||
        (labels['com.dokku.container-type'] ?? 'deploy') !== 'deploy',
    )
    .flatMap(({ names, mounts }) =>
      mounts
        .filter(({ readonly }) => !readonly)
        .map(({ source }) => ({
          directory: source,
          user: `the container ${names[0] ?? ''}`,
        })),
    )
}

/** The plain directory of a volume that other apps name. */
function resolved(uses: readonly OtherUse[], found: ReadonlyMap<string, Found | string>) {
  return uses.flatMap((use) => {
    if (use.directory.startsWith('/')) return [use]
    const known = found.get(keyOf({ kind: 'volume', name: use.directory }))
    return typeof known === 'object' ? [{ ...use, directory: known.directory }] : []
  })
}

/** Throws KnownError where mounts cannot be taken over at all. */
function checkServer({ platform, dokku }: VolumeServer): void {
  if (!dokku.namedEntries) {
    throw new KnownError('Mounts can be taken over with Dokku 0.38 or later only', {
      hint: 'Update Dokku first: this version has no storage entries.',
    })
  }
  if (platform.root !== platform.hostRoot) {
    throw new KnownError('Dokku runs in a container, and cannot see the directories of the host', {
      hint: 'Use persist:add, and copy the files yourself while the app is stopped.',
    })
  }
}

export interface Inspected {
  readonly facts: AdoptFacts
  readonly isRunning: boolean
}

/** Everything that the plan depends on. Changes nothing. Throws KnownError if the app does not exist. */
export async function inspectMounts(
  server: VolumeServer,
  app: string,
  begun: readonly Item[],
): Promise<Inspected> {
  checkServer(server)
  const apps = await server.dokku.apps()
  if (!apps.includes(app)) throw noSuchApp(app)
  const engine = await server.engine()
  const [mounts, entries, containers] = await Promise.all([
    server.dokku.mounts(app),
    server.dokku.entries(),
    runningContainers(engine, app),
  ])
  const isOurs = (name: string) => server.records.get(name) !== null
  const records = server.records.all()
  const ours = new Set(records.map(({ entry }) => entry))
  const mounted = mounts
    .map(ofMount)
    .filter(({ source, mount }) => !ours.has(source.name) && !ours.has(mount?.hostPath ?? ''))
  const dokkus = new Set(mounted.map(({ path }) => path))
  const unseen = [
    ...mounted,
    ...anonymousVolumes(containers).filter(({ path }) => !dokkus.has(path)),
    // A killed run may have left the app stopped: nothing else knows its anonymous volumes.
    ...begun
      .filter(({ mount, volume }) => mount === null && !dokkus.has(volume.path))
      .filter(({ volume }) => !containers.length && !ours.has(volume.entry))
      .map(({ source, volume }) => ({ source, mount: null, path: volume.path, readonly: false })),
  ]
  const elsewhere = await ofOtherApps(server, app, apps)
  const named = elsewhere
    .filter(({ directory }) => !directory.startsWith('/'))
    .map(({ directory }): Source => ({ kind: 'volume', name: directory }))
    .filter(({ name }) => unseen.some(({ source }) => source.name === name))
  const found = await lookAtSources(server, [...unseen.map(({ source }) => source), ...named])
  const isTaken = (entry: string) =>
    entries.has(entry) || isOurs(entry) || existsSync(server.pathOf(entry))
  return {
    isRunning: containers.length > 0,
    facts: {
      app,
      candidates: unseen.map((one) => ({
        ...one,
        found: found.get(keyOf(one.source)) ?? 'it cannot be read',
      })),
      own: server.records.of(app),
      others: [...resolved(elsewhere, found), ...(await ofOtherContainers(engine, app))],
      isTaken,
      begun,
      now: server.now().getTime(),
    },
  }
}
