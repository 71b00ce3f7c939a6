import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { allApps, verifyApp } from './names'
import { Failure, type File, type Files, confirmDestruction, flag, goJson, log } from './dokku'
import { parseFlags, paths } from './dokku'
import { properties } from './properties'
import { report } from './report'

/** A storage entry of Dokku 0.38; the order of its fields is that of its file. */
interface Entry {
  name: string
  scheduler: string
  host_path: string
  chown?: string
  mode?: string
  reclaim_policy?: string
  schema_version: number
}

interface Attachment {
  entry_name: string
  container_path: string
  phases: string[]
  process_type: string
  subpath?: string
  readonly?: boolean
  volume_options?: string
  volume_chown?: string
}

const BOTH_PHASES = ['deploy', 'run']
const ANY_PROCESS = '_default_'

const entryFile = (name: string) => paths.lib('data/storage-registry/entries', `${name}.json`)
const defaultPath = (name: string) => paths.lib('data/storage', name)

function loadEntry(name: string): Entry {
  if (!existsSync(entryFile(name))) throw new Failure(`storage entry "${name}" does not exist`)
  return JSON.parse(readFileSync(entryFile(name), 'utf8')) as Entry
}

function saveEntry(entry: Entry): void {
  mkdirSync(paths.lib('data/storage-registry/entries'), { recursive: true })
  writeFileSync(entryFile(entry.name), goJson(entry, 2), { mode: 0o600 })
}

function allEntries(): Entry[] {
  const directory = paths.lib('data/storage-registry/entries')
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).map((file) => file.replace(/\.json$/, ''))
  return names.sort().map(loadEntry)
}

/** Attachments of an app, in the order of their creation. */
function loadAttachments(app: string): Attachment[] {
  const lines = properties.list('storage', app, 'mounts').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Attachment)
}

function saveAttachments(app: string, attachments: readonly Attachment[]): void {
  properties.writeList(
    'storage',
    app,
    'mounts',
    attachments.map((a) => goJson(a)),
  )
}

/** Omits what Go's encoder omits: empty strings and false. */
function attachment(
  fields: Attachment & { readonly: boolean; volume_options: string },
): Attachment {
  const kept = Object.entries(fields).filter(([, value]) => value !== '' && value !== false)
  return Object.fromEntries(kept) as unknown as Attachment
}

function isSame(a: Attachment, b: Attachment): boolean {
  return (
    a.entry_name === b.entry_name &&
    a.container_path === b.container_path &&
    a.process_type === b.process_type
  )
}

function checkName(name: string): void {
  if (name === '') throw new Failure('storage entry name is required')
  if (name.length > 45)
    throw new Failure(
      `storage entry name "${name}" is too long (max 45 characters); helm release names cap our budget`,
    )
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name))
    throw new Failure(
      `storage entry name "${name}" must be a DNS-1123 label (lowercase letters, digits, and dashes; cannot start or end with a dash)`,
    )
  if (name.startsWith('legacy-'))
    throw new Failure(`storage entry name "${name}" must not start with reserved prefix "legacy-"`)
}

function requireDefaultPath(entry: Entry, option: string): void {
  const own = defaultPath(entry.name)
  if (entry.host_path === own) return
  throw new Failure(
    `${option} is only supported when the storage entry uses the default host path (${own}); omit ${option} and manage ${entry.host_path} manually`,
  )
}

function checkEntry(entry: Entry): void {
  const { name, host_path: path } = entry
  if (!isAbsolute(path) && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(path))
    throw new Failure(
      `storage entry "${name}" host_path must be an absolute path or a docker named volume token, got "${path}"`,
    )
  if (entry.reclaim_policy === 'Delete' && path !== defaultPath(name))
    throw new Failure(
      `storage entry "${name}" (docker-local) only accepts --reclaim-policy Delete on the default host path (${defaultPath(name)})`,
    )
}

const OWNERS: Readonly<Record<string, string>> = {
  herokuish: '32767',
  heroku: '1000',
  paketo: '2000',
  root: '0',
}

function ensurePath(entry: Entry): void {
  if (entry.chown && entry.chown !== 'false') requireDefaultPath(entry, '--chown')
  if (entry.mode) requireDefaultPath(entry, '--mode')
  const path = entry.host_path
  if (!isAbsolute(path)) return
  if (existsSync(path) && !statSync(path).isDirectory())
    throw new Failure(`storage entry path ${path} exists but is not a directory`)
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true, mode: 0o755 })
    log.verbose(`Created ${path}`)
  }
  if (entry.mode) {
    log.verbose(`Setting directory mode to ${entry.mode}`)
    chmodSync(path, Number.parseInt(entry.mode, 8))
  }
  // The owner is not changed: that needs root, which tests do not have.
  const owner = OWNERS[entry.chown ?? '']
  if (owner) log.verbose(`Setting directory ownership to ${owner}:${owner}`)
}

const CREATE_FLAGS = Object.fromEntries(
  [
    ...['access-mode', 'annotation', 'chown', 'label', 'mode', 'namespace', 'reclaim-policy'],
    ...['scheduler', 'size', 'storage-class-name'],
  ].map((name) => [name, true]),
)

const CREATE_USAGE = `Usage of storage:create:
      --access-mode string          --access-mode: PVC access mode (k3s only)
      --annotation strings          --annotation key=value: PVC annotation (repeatable)
      --chown string                --chown: chown option (docker-local only)
      --label strings               --label key=value: PVC label (repeatable)
      --mode string                 --mode: octal permissions for the host directory, such as 0755 (docker-local only)
      --namespace string            --namespace: PVC namespace (k3s only)
      --reclaim-policy string       --reclaim-policy: reclaim policy for the underlying volume (Retain or Delete)
      --scheduler string            --scheduler: target scheduler (docker-local, k3s) (default "docker-local")
      --size string                 --size: PVC size (k3s only, e.g. 2Gi)
      --storage-class-name string   --storage-class-name: PVC storage class (k3s only)
`

const create: File = (_, ...given) => {
  const flags = parseFlags(given, CREATE_FLAGS, CREATE_USAGE)
  const [name = '', path] = flags.args
  checkName(name)
  const chown = flag(flags, 'chown')
  const mode = flag(flags, 'mode')
  const policy = flag(flags, 'reclaim-policy')
  const entry: Entry = {
    name,
    scheduler: flag(flags, 'scheduler') ?? 'docker-local',
    host_path: path || defaultPath(name),
    ...(chown ? { chown } : {}),
    ...(mode ? { mode: mode.padStart(4, '0') } : {}),
    ...(policy ? { reclaim_policy: policy } : {}),
    schema_version: 1,
  }
  checkEntry(entry)
  if (existsSync(entryFile(name)))
    log.info1Quiet(`Storage entry ${name} already exists, leaving in place`)
  ensurePath(entry)
  saveEntry(entry)
  log.info1(`Storage entry ${name} created`)
  return 0
}

function appsUsing(name: string): string[] {
  return allApps().filter((app) => loadAttachments(app).some((a) => a.entry_name === name))
}

const destroy: File = (_, ...given) => {
  const flags = parseFlags(given, { force: false, 'destroy-host-dir': false })
  const name = flags.args[0] ?? ''
  if (name === '') throw new Failure('storage entry name is required')
  const entry = loadEntry(name)
  const using = appsUsing(name)
  if (using.length > 0)
    throw new Failure(`storage entry "${name}" is still mounted by app(s): ${using.join(', ')}`)
  const withDirectory = flag(flags, 'destroy-host-dir') === 'true'
  if (withDirectory) requireDefaultPath(entry, '--destroy-host-dir')
  if (flag(flags, 'force') !== 'true' && process.env['DOKKU_APPS_FORCE_DELETE'] !== '1')
    confirmDestruction(name, 'storage entry')
  if (withDirectory) rmSync(entry.host_path, { recursive: true, force: true })
  rmSync(entryFile(name))
  log.info1(`Storage entry ${name} destroyed`)
  return 0
}

interface ColonMount {
  readonly host: string
  readonly container: string
  readonly readonly: boolean
  readonly options: string
}

const VOLUME_RULES =
  'Volume name must be two characters or more. Volume name must not contain invalid characters. '
const TWO_PATHS = 'Storage path must be two valid paths divided by colon.'

/** Parses `host:container[:options]`, or returns Dokku's error. */
export function parseColon(text: string): ColonMount {
  if (text.startsWith('/')) {
    if (!/^\/.*:\//.test(text)) throw new Failure(TWO_PATHS)
  } else if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+:\//.test(text)) {
    throw new Failure(VOLUME_RULES + TWO_PATHS)
  }
  const [host = '', container = '', ...rest] = text.split(':')
  const options = rest.join(':').split(',').filter(Boolean)
  return {
    host,
    container,
    readonly: options.includes('ro'),
    options: options.filter((option) => option !== 'ro').join(','),
  }
}

/** The name of the entry for a host path that was mounted in the older form. */
function legacyName(host: string): string {
  const what = host.startsWith('/') ? host : `vol:${host}`
  return `legacy-${createHash('sha1').update(what).digest('hex').slice(0, 10)}`
}

/** Makes the entry and the attachment for a mount in the older form. */
export function attachColon(app: string, text: string, phases: string[]): void {
  const { host, container, readonly, options } = parseColon(text)
  const name = legacyName(host)
  if (!existsSync(entryFile(name)))
    saveEntry({ name, scheduler: 'docker-local', host_path: host, schema_version: 1 })
  const one = attachment({
    entry_name: name,
    container_path: container,
    phases,
    process_type: ANY_PROCESS,
    readonly,
    volume_options: options,
  })
  const attachments = loadAttachments(app)
  if (attachments.some((other) => isSame(one, other)))
    throw new Failure('Mount path already exists.')
  saveAttachments(app, [...attachments, one])
}

const MOUNT_FLAGS = {
  'container-dir': true,
  phase: true,
  'process-type': true,
  'volume-subpath': true,
  'volume-readonly': false,
  'volume-chown': true,
  'volume-options': true,
}

function checkAttachment(path: string, phases: readonly string[]): void {
  if (!path.startsWith('/'))
    throw new Failure(`attachment container path "${path}" must be absolute`)
  const bad = phases.find((phase) => !BOTH_PHASES.includes(phase))
  if (bad !== undefined)
    throw new Failure(`attachment phase "${bad}" is not supported (must be "deploy" or "run")`)
}

const mount: File = (_, ...given) => {
  const flags = parseFlags(given, MOUNT_FLAGS)
  const [app = '', name = ''] = flags.args
  verifyApp(app)
  if (name.includes(':')) return attachColon(app, name, BOTH_PHASES)
  if (!existsSync(entryFile(name)))
    throw new Failure(
      `storage entry "${name}" does not exist; create it first with \`dokku storage:create\``,
    )
  const path = flag(flags, 'container-dir') ?? ''
  if (path === '')
    throw new Failure('--container-dir is required when mounting a named storage entry')
  const phases = (flags.values['phase'] ?? BOTH_PHASES).flatMap((phase) => phase.split(','))
  checkAttachment(path, phases)
  const one = attachment({
    entry_name: name,
    container_path: path,
    phases,
    process_type: flag(flags, 'process-type') ?? ANY_PROCESS,
    subpath: flag(flags, 'volume-subpath') ?? '',
    readonly: flag(flags, 'volume-readonly') === 'true',
    volume_options: flag(flags, 'volume-options') ?? '',
    volume_chown: flag(flags, 'volume-chown') ?? '',
  })
  const attachments = loadAttachments(app)
  const known = attachments.some((other) => isSame(one, other))
  saveAttachments(
    app,
    known ? attachments.map((other) => (isSame(one, other) ? one : other)) : [...attachments, one],
  )
  log.info1(
    known
      ? `Storage entry ${name} mount at ${path} on ${app} updated`
      : `Storage entry ${name} mounted at ${path} on ${app}`,
  )
  return 0
}

function detach(app: string, name: string, path: string): void {
  const attachments = loadAttachments(app)
  const matches = attachments.filter(
    (a) => a.entry_name === name && (path === '' || a.container_path === path),
  )
  const at = path === '' ? '' : ` at "${path}"`
  if (matches.length === 0)
    throw new Failure(`storage entry "${name}" is not mounted${at} on app "${app}"`)
  if (matches.length > 1 && path === '') {
    const places = matches.map((a) => a.container_path).sort()
    throw new Failure(
      `storage entry "${name}" is mounted at multiple paths on app "${app}" (${places.join(', ')}); pass --container-dir to disambiguate`,
    )
  }
  saveAttachments(
    app,
    attachments.filter((a) => !matches.includes(a)),
  )
}

const unmount: File = (_, ...given) => {
  const flags = parseFlags(given, { 'container-dir': true })
  const [app = '', name = ''] = flags.args
  verifyApp(app)
  if (!name.includes(':')) return detach(app, name, flag(flags, 'container-dir') ?? '')
  const { host, container } = parseColon(name)
  try {
    detach(app, legacyName(host), container)
  } catch {
    throw new Failure('Mount path does not exist.')
  }
  return 0
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function ofPhase(app: string, phase: string): Attachment[] {
  return loadAttachments(app)
    .filter((a) => a.phases.includes(phase))
    .sort((a, b) => order(a.entry_name, b.entry_name) || order(a.container_path, b.container_path))
}

function row(a: Attachment): Record<string, unknown> {
  return {
    entry_name: a.entry_name,
    host_path: loadEntry(a.entry_name).host_path,
    container_path: a.container_path,
    ...(a.readonly ? { readonly: true } : {}),
    ...(a.volume_options ? { volume_options: a.volume_options } : {}),
  }
}

function colon(a: Attachment): string {
  const options = [...(a.readonly ? ['ro'] : []), ...(a.volume_options ? [a.volume_options] : [])]
  const end = options.length > 0 ? `:${options.join(',')}` : ''
  return `${loadEntry(a.entry_name).host_path}:${a.container_path}${end}`
}

/** Prints an app's mounts, in the formats of both versions of Dokku. */
export function printMounts(
  app: string,
  format: string,
  rows: readonly Record<string, unknown>[],
  lines: readonly string[],
): void {
  if (format !== 'text' && format !== 'json') throw new Failure('Invalid --format value specified')
  if (format === 'json') {
    log.line(goJson(rows))
    return
  }
  log.info1Quiet(`${app} volume bind-mounts:`)
  for (const line of lines) {
    if (process.env['DOKKU_QUIET_OUTPUT']) log.line(line)
    else log.verbose(line)
  }
}

const list: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true })
  const app = flags.args[0] ?? ''
  verifyApp(app)
  const attachments = ofPhase(app, 'deploy')
  printMounts(app, flag(flags, 'format') ?? 'text', attachments.map(row), attachments.map(colon))
  return 0
}

const listEntries: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true, scheduler: true })
  if (flag(flags, 'format') === 'json') return log.line(goJson(allEntries(), 2))
  log.info1Quiet('Storage entries:')
  for (const e of allEntries()) log.verbose(`${e.name}\t${e.scheduler}\t${e.host_path}`)
  return 0
}

const info: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true })
  const entry = loadEntry(flags.args[0] ?? '')
  if (flag(flags, 'format') === 'json') return log.line(goJson(entry, 2))
  log.info1Quiet(`Storage entry ${entry.name}`)
  log.verbose(`Scheduler:        ${entry.scheduler}`)
  log.verbose(`Host path:        ${entry.host_path}`)
  return 0
}

function reportRows(app: string): Record<string, string> {
  const shown = (phase: string) =>
    ofPhase(app, phase)
      .map((a) => `-v ${colon(a)}`)
      .join(' ')
  const rows: Record<string, string> = {
    '--storage-build-mounts': shown('build'),
    '--storage-deploy-mounts': shown('deploy'),
    '--storage-run-mounts': shown('run'),
  }
  for (const [index, a] of loadAttachments(app).entries()) {
    const prefix = `--storage-attachment.${index + 1}.`
    rows[`${prefix}entry-name`] = a.entry_name
    rows[`${prefix}host-path`] = loadEntry(a.entry_name).host_path
    rows[`${prefix}container-path`] = a.container_path
    rows[`${prefix}phases`] = a.phases.join(',')
    rows[`${prefix}process-type`] = a.process_type
    rows[`${prefix}subpath`] = a.subpath ?? ''
    rows[`${prefix}readonly`] = String(a.readonly ?? false)
    rows[`${prefix}volume-options`] = a.volume_options ?? ''
    rows[`${prefix}volume-chown`] = a.volume_chown ?? ''
  }
  return rows
}

function reportGlobal(): void {
  log.info1Quiet('Storage report (global):')
  for (const entry of allEntries()) {
    const using = appsUsing(entry.name).join(', ') || '—'
    log.verbose(`${entry.name}\t${entry.scheduler}\tmounted by: ${using}`)
  }
}

function printOptions(app: string, phase: string): undefined {
  for (const a of ofPhase(app, phase)) log.raw(` -v ${colon(a)}`)
}

export const storageFiles: Files = {
  'storage/subcommands/create': create,
  'storage/subcommands/destroy': destroy,
  'storage/subcommands/mount': mount,
  'storage/subcommands/unmount': unmount,
  'storage/subcommands/list': list,
  'storage/subcommands/list-entries': listEntries,
  'storage/subcommands/info': info,
  'storage/subcommands/report': (_, ...given) =>
    given.includes('--global') ? reportGlobal() : report('storage', given, reportRows),
  'storage/storage-app-mounts': (app = '', phase = 'deploy') => {
    const pairs = ofPhase(app, phase).map((a) => ({
      entry: loadEntry(a.entry_name),
      attachment: a,
    }))
    return log.line(goJson(pairs))
  },
  'storage/storage-list': (app = '', phase = 'deploy', format = 'text') => {
    log.warn(
      "Deprecated: please use the 'storage-app-mounts' plugn trigger or the storage Go package directly instead of 'storage-list'",
    )
    const attachments = ofPhase(app, phase)
    if (format === 'json') return log.line(goJson(attachments.map(row)))
    for (const a of attachments) log.line(colon(a))
    return 0
  },
  'storage/docker-args-deploy': (app = '') => printOptions(app, 'deploy'),
  'storage/docker-args-run': (app = '') => printOptions(app, 'run'),
  'storage/post-app-clone-setup': (from = '', to = '') => {
    if (properties.exists('storage', from, 'mounts')) saveAttachments(to, loadAttachments(from))
    return 0
  },
  'storage/post-app-rename-setup': (from = '', to = '') => {
    if (!properties.exists('storage', from, 'mounts')) return 0
    saveAttachments(to, loadAttachments(from))
    return properties.destroy('storage', from)
  },
  'storage/post-delete': (app = '') => properties.destroy('storage', app),
}
