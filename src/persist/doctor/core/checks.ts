import { type Finding, finding, ok } from '../../../foundation/core/findings'
import { type AppFacts, checkApp } from './apps'

/** A storage mount of an app, and what exists at its host path. */
export interface InspectedMount {
  readonly app: string
  readonly hostPath: string
  readonly containerPath: string
  readonly readonly: boolean
  /** `volume` if the path is the name of a Docker volume. */
  readonly found: 'directory' | 'file' | 'volume' | 'missing' | 'unknown'
}

export interface HostFacts {
  /** Version of this plugin. */
  readonly version: string
  /** Such as `v18.19.1`. */
  readonly node: string
  /** The version of the root helper, or why it does not respond. */
  readonly helper: { readonly version: string } | { readonly error: string }
  /** The version of Docker, or why it does not respond. */
  readonly docker: { readonly version: string } | { readonly error: string }
  readonly mounts: readonly InspectedMount[]
  /** Directory of caches that apps share on purpose. */
  readonly cachesRoot: string
  /** The disk of the volumes; null if it cannot be read. */
  readonly disk: { readonly bytes: number; readonly freeBytes: number } | null
  /** One for each app, or why its facts are missing. */
  readonly apps: readonly (AppFacts | { readonly app: string; readonly error: string })[]
}

type Format = (bytes: number) => string

/** Runs the plugin's own `install` again. */
const REINSTALL = 'sudo dokku plugin:install'

function checkHelper({ helper, version }: HostFacts): Finding {
  if ('error' in helper) return finding('fail', 'helper', helper.error, REINSTALL)
  if (helper.version === version) return ok('helper', `the root helper is version ${version}`)
  const text = `the root helper is version ${helper.version}, the plugin is version ${version}`
  return finding('fail', 'helper', text, REINSTALL)
}

function checkDocker({ docker }: HostFacts): Finding {
  return 'error' in docker
    ? finding('fail', 'docker', docker.error, 'start Docker')
    : ok('docker', `Docker ${docker.version}`)
}

function checkMissing(mounts: readonly InspectedMount[]): readonly Finding[] {
  return mounts
    .filter(({ found }) => found === 'missing')
    .map(({ app, hostPath, containerPath }) => {
      const text = `${app}: ${hostPath}, mounted at ${containerPath}, does not exist. Docker creates it, owned by root, at the next deploy`
      return finding('warn', 'mounts', text, `mkdir -p ${hostPath}`)
    })
}

/** Host paths that more than one app can write to. */
function checkShared(mounts: readonly InspectedMount[]): readonly Finding[] {
  const users = new Map<string, Set<string>>()
  for (const { app, hostPath, readonly } of mounts) {
    if (!readonly) users.set(hostPath, (users.get(hostPath) ?? new Set()).add(app))
  }
  return [...users]
    .filter(([, apps]) => apps.size > 1)
    .map(([path, apps]) =>
      finding(
        'warn',
        'shared',
        `${path} is writable by ${[...apps].sort().join(', ')}`,
        `dokku storage:list ${[...apps].sort()[0] ?? ''}`,
      ),
    )
}

/** Share of the disk of the volumes from which on it is nearly full. */
const FULL = 0.9

function checkDisk({ disk }: HostFacts, format: Format): readonly Finding[] {
  if (!disk || disk.bytes - disk.freeBytes < disk.bytes * FULL) return []
  const text = `the disk of the volumes is nearly full: ${format(disk.freeBytes)} of ${format(disk.bytes)} are free`
  return [finding('warn', 'space', text, 'dokku persist:report')]
}

/** Makes all findings, in the order of the report. `format` writes bytes for people. */
export function checkAll(facts: HostFacts, format: Format): readonly Finding[] {
  const data = facts.mounts.filter(({ hostPath }) => !hostPath.startsWith(`${facts.cachesRoot}/`))
  const problems = [
    ...checkMissing(facts.mounts),
    ...checkShared(data),
    ...checkDisk(facts, format),
    ...facts.apps.flatMap((one) =>
      'error' in one
        ? [finding('fail', 'app', `${one.app}: ${one.error}`, `dokku ps:report ${one.app}`)]
        : checkApp(one, format),
    ),
  ]
  const count = facts.mounts.length
  return [
    ok('node', `Node ${facts.node}`),
    checkDocker(facts),
    checkHelper(facts),
    ...(problems.length > 0 ? problems : [ok('mounts', `${count} storage mounts checked`)]),
  ]
}
