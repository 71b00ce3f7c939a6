import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AppChange, Mount } from '../core/app-changes'
import { KnownError, noSuchApp, EXIT } from '../core/errors'
import type { DokkuPlatform } from '../platform'
import { type Properties, makeProperties } from './property-store'
import type { Outcome, Runner } from '../process/runner'

/**
 * Dokku commands that plugins use. Calls the files of core plugins like Dokku does; a plugin never runs
 * the `dokku` command.
 */
export interface Dokku {
  readonly properties: Properties
  /** Whether storage has named entries (0.38 and later), or only `host:container` mounts. */
  readonly namedEntries: boolean
  apps(): Promise<readonly string[]>
  /** Deploy mounts of an app. Throws KnownError with exit code 20 if the app does not exist. */
  mounts(app: string): Promise<readonly Mount[]>
  /** Variables of an app, or with `--global` of all apps. */
  env(app: string): Promise<Record<string, string>>
  scheduler(app: string): string
  /** Docker options of the deploy phase, as one line. */
  deployOptions(app: string): Promise<string>
  /** Host paths of the named entries. */
  entries(): Promise<ReadonlyMap<string, string>>
  createEntry(name: string, hostPath: string): Promise<void>
  /** Removes an entry that no app mounts. What it names stays. */
  destroyEntry(name: string): Promise<void>
  apply(app: string, change: AppChange): Promise<void>
}

interface ListedMount {
  readonly entry_name?: string
  readonly host_path: string
  readonly container_path: string
  readonly readonly?: boolean
  readonly volume_options?: string
}

/** Parses a row of `storage:list --format json`; before 0.38 `ro` is one of the options. */
function toMount(row: ListedMount): Mount {
  const options = (row.volume_options ?? '').split(',').filter(Boolean)
  return {
    entry: row.entry_name ?? null,
    hostPath: row.host_path,
    containerPath: row.container_path,
    readonly: row.readonly === true || options.includes('ro'),
    options: options.filter((option) => option !== 'ro').join(','),
  }
}

function expectApp(app: string, outcome: Outcome, what: string): string {
  if (outcome.exit === EXIT.ok) return outcome.stdout
  if (outcome.exit === EXIT.noSuchApp) throw noSuchApp(app)
  const said = outcome.stderr.trim().split('\n').at(-1) ?? ''
  throw new KnownError(`Cannot read ${what} of ${app}: ${said.replace(/^!? +/, '')}`)
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new KnownError(`Dokku's answer about ${what} is not JSON`, {
      hint: 'This plugin works with Dokku 0.37 and 0.38: see `dokku version`.',
      cause,
    })
  }
}

/** A mount in the form of Dokku before 0.38: `host:container[:options]`. */
function olderForm(mount: { hostPath: string; containerPath: string }, options: string): string {
  return [mount.hostPath, mount.containerPath, ...(options ? [options] : [])].join(':')
}

function changeArgs(app: string, change: AppChange): [string, string[]] {
  switch (change.kind) {
    case 'mount':
      return [
        'storage/subcommands/mount',
        change.entry
          ? [
              ...['storage:mount', app, change.entry, '--container-dir', change.containerPath],
              ...(change.readonly ? ['--volume-readonly'] : []),
              ...(change.process === undefined ? [] : ['--process-type', change.process]),
            ]
          : ['storage:mount', app, olderForm(change, change.readonly ? 'ro' : '')],
      ]
    case 'unmount': {
      const options = [
        ...(change.readonly ? ['ro'] : []),
        ...(change.options ? [change.options] : []),
      ]
      return [
        'storage/subcommands/unmount',
        change.entry
          ? ['storage:unmount', app, change.entry, '--container-dir', change.containerPath]
          : ['storage:unmount', app, olderForm(change, options.join(','))],
      ]
    }
    case 'set':
      return [
        'config/subcommands/set',
        [
          ...['config:set', '--no-restart', app],
          ...Object.entries(change.values).map(([name, value]) => `${name}=${value}`),
        ],
      ]
    case 'unset':
      return ['config/subcommands/unset', ['config:unset', '--no-restart', app, ...change.keys]]
  }
}

/** The Dokku of a platform. */
export function makeDokku(platform: DokkuPlatform, runner: Runner): Dokku {
  const plugin = (file: string) => join(platform.pluginPath, file)
  const properties = makeProperties(platform, runner)
  const scheduler = (app: string) => properties.get(app, 'selected', 'scheduler')
  return {
    properties,
    namedEntries: existsSync(plugin('storage/subcommands/create')),
    async apps() {
      const { stdout } = await runner.read(plugin('apps/subcommands/list'), ['apps:list'])
      return stdout.split('\n').filter((line) => /^[a-z0-9]/.test(line))
    },
    async mounts(app) {
      const args = ['storage:list', app, '--format', 'json']
      const outcome = await runner.read(plugin('storage/subcommands/list'), args)
      const text = expectApp(app, outcome, 'the mounts')
      return ((parse(text || '[]', 'mounts') ?? []) as ListedMount[]).map(toMount)
    },
    async env(app) {
      const args = ['export', '--format', 'json', app]
      const outcome = await runner.read(plugin('config/config_sub'), args)
      const text = expectApp(app, outcome, 'the variables')
      return parse(text || '{}', 'variables') as Record<string, string>
    },
    scheduler: (app) => scheduler(app) || scheduler('--global') || 'docker-local',
    async deployOptions(app) {
      const { stdout } = await runner.read(plugin('docker-options/docker-args-deploy'), [app])
      return stdout
    },
    async entries() {
      const args = ['storage:list-entries', '--format', 'json']
      const { stdout } = await runner.read(plugin('storage/subcommands/list-entries'), args)
      const rows = (parse(stdout || '[]', 'storage') ?? []) as { name: string; host_path: string }[]
      return new Map(rows.map((row) => [row.name, row.host_path]))
    },
    async createEntry(name, hostPath) {
      const args = ['storage:create', name, hostPath]
      await runner.write(plugin('storage/subcommands/create'), args)
    },
    async destroyEntry(name) {
      const args = ['storage:destroy', name, '--force']
      await runner.write(plugin('storage/subcommands/destroy'), args)
    },
    async apply(app, change) {
      const [file, args] = changeArgs(app, change)
      await runner.write(plugin(file), args)
    },
  }
}
