// The main job on this machine, without Dokku: makes shared caches in a folder of its own, installs
// two small projects through them with each package manager there is, and reports. Every figure it
// prints is measured while it runs.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import prettyBytes from 'pretty-bytes'
import { $ } from 'zx'
import { startCounter } from './demo/counter.mjs'
import { TOOLS } from './demo/tools.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { version } = JSON.parse(await readFile('package.json', 'utf8'))
const quiet = $({ quiet: true, nothrow: true, stdio: ['ignore', 'pipe', 'pipe'] })

const say = (/** @type {string} */ text) => console.log(`-----> ${text}`)
const tell = (/** @type {string} */ text) => console.log(`       ${text}`)
const lastLine = (/** @type {string} */ text) => text.trim().split('\n').at(-1) ?? ''
const size = (/** @type {number} */ bytes) => prettyBytes(bytes).padStart(8)

/** The first of some programs that is there and answers. */
async function findProgram(/** @type {readonly string[][]} */ programs) {
  for (const program of programs) {
    const { exitCode } = await quiet`${program} --version`
    if (exitCode === 0) return program
  }
  return undefined
}

/** Bytes on the disk below a folder; 0 where there is none. */
async function diskUsage(/** @type {string} */ folder) {
  const { stdout } = await quiet`du -s --block-size=1 ${folder}`
  return Number(stdout.split('\t')[0]) || 0
}

/**
 * Installs one project. Gives back what it took, or why it could not be done.
 * @param {readonly string[]} program
 * @param {{ folder: string, cache: string, prepared: import('./demo/tools.mjs').Prepared,
 *   env: NodeJS.ProcessEnv, counter: Awaited<ReturnType<typeof startCounter>> }} project
 */
async function installProject(program, { folder, cache, prepared, env, counter }) {
  if (prepared.lock) {
    const locked = await quiet({ cwd: folder })`${program} ${prepared.lock}`
    if (locked.exitCode !== 0) return { failed: lastLine(locked.stderr || locked.stdout) }
  }
  const disk = await diskUsage(cache)
  const bytes = counter.bytes()
  const start = performance.now()
  const done = await quiet({ cwd: folder, env })`${program} ${prepared.install}`
  const seconds = (performance.now() - start) / 1000
  if (done.exitCode !== 0) return { failed: lastLine(done.stderr || done.stdout) }
  return { seconds, downloaded: counter.bytes() - bytes, kept: (await diskUsage(cache)) - disk }
}

/**
 * Both projects of one package manager, each in a folder of its own.
 * @param {import('./demo/tools.mjs').Tool} tool
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 * @param {Awaited<ReturnType<typeof startCounter>>} counter
 */
async function tryTool(tool, folder, env, counter) {
  const program = await findProgram(tool.programs)
  if (!program) return tell(`${tool.name.padEnd(6)} is not on this machine`)
  const cache = join(folder, 'caches', tool.directory)
  for (const [index, packages] of tool.projects.entries()) {
    const project = join(folder, `${tool.name}-${index + 1}`)
    await mkdir(project)
    const prepared = await tool.prepare(project, packages)
    const label = `${tool.name.padEnd(6)} ${index + 1}  ${packages.join(', ').padEnd(28)}`
    const took = await installProject(program, { folder: project, cache, prepared, env, counter })
    if (took.failed !== undefined) return tell(`${label} could not be installed: ${took.failed}`)
    tell(
      `${label} ${size(took.downloaded)} ${size(took.kept)} ${took.seconds.toFixed(1).padStart(6)}`,
    )
  }
}

async function installAll(
  /** @type {string} */ folder,
  /** @type {Record<string, string>} */ variables,
) {
  const counter = await startCounter(process.env)
  const env = { ...process.env, ...variables, ...counter.env }
  tell(
    'downloaded: bytes that came through a counting proxy; kept: growth of the cache on the disk',
  )
  tell(`${'project'.padEnd(38)} download     kept      s`)
  try {
    for (const tool of TOOLS) await tryTool(tool, folder, env, counter)
  } finally {
    counter.stop()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'shared-cache-demo-'))
const bundle = join(folder, `plugin/dokku-shared-cache-${version}/shared-cache.cjs`)
const caches = join(folder, 'caches')
// Not a plugin's environment, wherever this runs: what is shown is the machine's own case.
const { PATH, HOME, DOCKER_HOST } = process.env
const env = { PATH, HOME, DOCKER_HOST, SHARED_CACHE_ROOT: caches }
const product = $({ env, stdio: ['ignore', 'inherit', 'inherit'] })

try {
  say('Building')
  await quiet`node scripts/build.mjs ${join(folder, 'plugin')}`.nothrow(false)
  say(`Making the shared caches in ${caches}`)
  await product`node ${bundle} setup`
  const plan = await quiet({ env })`node ${bundle} setup --format json`.nothrow(false)
  const { env: variables } = JSON.parse(plan.stdout)

  // With a cache of its own: from npm's own cache it would answer without a network.
  const probe = ['--fetch-retries=0', '--fetch-timeout=20000', `--cache=${join(folder, 'probe')}`]
  const online = await quiet`npm view express@4.0.0 version ${probe}`
  if (online.exitCode === 0) {
    say('Installing two projects with each package manager, the second after the first')
    await installAll(folder, variables)
  } else {
    say('Offline: no registry answers, so nothing is installed')
  }
  say('The report')
  await product`node ${bundle} report --global`
} finally {
  await rm(folder, { recursive: true, force: true })
}
