// The server that builds: Dokku with this plugin, and its Engine.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const library = process.env['DOKKU_LIB_ROOT'] ?? '/var/lib/dokku'
const MOST_OUTPUT = 100_000_000
const runFile = promisify(execFile)

/**
 * Runs a program; what it printed on both streams. Throws with its last lines.
 * @param {string} file
 * @param {readonly string[]} args
 */
export async function run(file, ...args) {
  try {
    const { stdout, stderr } = await runFile(file, args, { maxBuffer: MOST_OUTPUT })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    const said = (stdout + stderr).trim().split('\n').slice(-15).join('\n')
    throw new Error(`${file} ${args.join(' ')} failed:\n${said}`, { cause: error })
  }
}

const SPACE = /\s+/
const available = join(library, 'plugins/available')

/** Fires a trigger as a deploy does; what it printed. */
function fire(
  /** @type {string} */ name,
  /** @type {string} */ folder,
  /** @type {readonly string[]} */ args,
) {
  const env = {
    PLUGIN_PATH: join(library, 'plugins'),
    PLUGIN_AVAILABLE_PATH: available,
    PLUGIN_ENABLED_PATH: join(library, 'plugins/enabled'),
    PLUGIN_CORE_AVAILABLE_PATH: join(library, 'core-plugins/available'),
    DOKKU_ROOT: '/home/dokku',
    DOKKU_LIB_ROOT: library,
    DOCKER_BIN: 'docker',
  }
  const words = Object.entries(env).map(([key, value]) => `${key}=${value}`)
  const file = join(available, 'shared-cache', name)
  const command = 'cd "$1" && shift && exec "$@"'
  return run(
    'sudo',
    '-u',
    'dokku',
    '-H',
    'env',
    ...words,
    'sh',
    '-c',
    command,
    '-',
    folder,
    file,
    ...args,
  )
}

/**
 * The build of a deploy without the rest of it: the plugin's triggers, then Docker, as Dokku does.
 * @param {string} app
 * @param {string} folder
 * @param {readonly string[]} options
 */
export async function buildOnly(app, folder, options) {
  await run('chown', '-R', 'dokku:dokku', folder)
  const said = await fire('pre-build', folder, ['dockerfile', app, folder])
  const args = await fire('docker-args-process-build', folder, [app, 'dockerfile'])
  const words = [...options, args].flatMap((option) => option.split(SPACE)).filter(Boolean)
  const how = ['build', '--progress', 'plain', ...words, '--tag', `${app}/built`, folder]
  const log = said + (await run('docker', ...how))
  // Without it the build counts as one that failed with its caches: the next one gets none.
  await fire('pre-release-builder', folder, ['dockerfile', app, `${app}/built`])
  return log
}

/** What this benchmark cannot do without. Throws where something is missing. */
export async function checkServer() {
  if (!existsSync(join(library, 'plugins/enabled/shared-cache'))) {
    throw new Error(
      'This benchmark needs a server with Dokku and this plugin, and runs there as root',
    )
  }
  const said = JSON.parse(
    await run('dokku', 'shared-cache:doctor', '--format', 'json').catch((error) => {
      const [, json = '{"findings":[]}'] = /(\{"version".*\})/.exec(String(error.message)) ?? []
      return json
    }),
  )
  const builds = said.findings.find(
    (/** @type {{ name: string }} */ each) => each.name === 'builds',
  )
  if (builds?.status !== 'ok') {
    throw new Error(
      `This benchmark needs builds with the shared caches: ${builds?.text ?? 'run setup'}`,
    )
  }
}

/**
 * Cache mounts in Docker's build cache whose id begins so, and their sizes as Docker prints them.
 * @param {string} prefix
 * @returns {Promise<readonly { ID: string, Size: string }[]>}
 */
export async function cacheMounts(prefix) {
  const text = await run('docker', 'system', 'df', '-v', '--format', '{{json .BuildCache}}')
  /** @type {readonly { ID: string, CacheType: string, Description: string, Size: string }[]} */
  const records = JSON.parse(text)
  return records.filter(
    ({ CacheType, Description }) =>
      CacheType === 'exec.cachemount' && Description.includes(`with id "/${prefix}`),
  )
}

/** Takes cache mounts away as Dokku's nightly prune does: those of this benchmark alone. */
export async function night(/** @type {string} */ prefix) {
  for (const { ID } of await cacheMounts(prefix)) {
    await run('docker', 'builder', 'prune', '--force', '--filter', `id=${ID}`)
  }
  const left = await cacheMounts(prefix)
  if (left.length > 0) throw new Error(`${left.length} cache mounts were not pruned`)
}

/**
 * Seconds of the step of a build, out of the log of a deploy.
 * @param {string} log
 * @param {string} step
 */
export function stepSeconds(log, step) {
  const lines = log.split('\n')
  const named = lines.find((line) => /#\d+ \[[^\]]*\] RUN /.test(line) && line.includes(step))
  const [, number = ''] = /#(\d+) \[/.exec(named ?? '') ?? []
  const done = lines
    .map((line) => new RegExp(`#${number} DONE ([\\d.]+)s`).exec(line))
    .find(Boolean)
  if (!done) throw new Error(`The log of the deploy does not tell how long ${step} took`)
  return Number(done[1])
}
