import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startCounter } from '../demo/counter.mjs'
import { startIndex } from './builds/index-server.mjs'
import { buildOnly, cacheMounts, checkServer, night, run, stepSeconds } from './builds/server.mjs'
import { dockerfile } from './builds/tools.mjs'
import { readWords } from './builds/words.mjs'

/**
 * @typedef {'plain' | 'mount' | 'shared'} DirectoryWalker
 * @typedef {{ seconds: number, megabytes: number }} Built
 * @typedef {import('./builds/tools.mjs').Tool} Tool
 * @typedef {import('./builds/tools.mjs').Project} Project
 */

/** Names of apps, cache mounts and the image: nothing of anybody else begins so. */
const PREFIX = 'shared-cache-bench'
/** @type {readonly DirectoryWalker[]} */
const WAYS = ['plain', 'mount', 'shared']

const appOf = (/** @type {DirectoryWalker} */ way) => `${PREFIX}-${way}`

/** Makes an image on a base, with uv where it is measured, and what the tools need; says what is missing. */
async function makeBase(
  /** @type {string} */ base,
  /** @type {string} */ folder,
  /** @type {readonly Tool[]} */ tools,
) {
  const image = `${PREFIX}/base`
  const uv = 'uv --version || pip install uv || pip install --break-system-packages uv'
  const hasUv = tools.some(({ cache }) => cache === 'uv')
  await writeFile(join(folder, 'Dockerfile'), `FROM ${base}\n${hasUv ? `RUN ${uv}\n` : ''}`)
  await run('docker', 'build', '--network', 'host', '--tag', image, folder)
  for (const { needs } of tools) await run('docker', 'run', '--rm', image, 'sh', '-c', needs)
  return image
}

/** Apps without containers: a deploy is a build and little else. */
async function makeApps(
  /** @type {readonly string[]} */ options,
  /** @type {readonly Tool[]} */ tools,
) {
  const caches = ['default', ...tools.map(({ cache }) => cache)].join(',')
  for (const way of WAYS) {
    const app = appOf(way)
    await run('dokku', '--force', 'apps:destroy', app).catch(() => undefined)
    await run('dokku', 'apps:create', app)
    await run('dokku', 'ps:scale', '--skip-deploy', app, 'web=0')
    await run('dokku', 'shared-cache:set', app, 'build-caches', way === 'shared' ? 'auto' : 'off')
    await run('dokku', 'shared-cache:set', app, 'caches', caches)
    for (const option of options) await run('dokku', 'docker-options:add', app, 'build', option)
  }
}

/** Takes an app and what was built of it away. */
async function remove(/** @type {string} */ app) {
  await run('dokku', '--force', 'apps:destroy', app).catch(() => undefined)
  await run('docker', 'image', 'rm', `${app}/built`).catch(() => undefined)
}

class Bench {
  /**
   * @param {string} folder
   * @param {string} image
   * @param {readonly string[] | null} buildOnly options of docker build; null for whole deploys
   * @param {() => number} bytes
   */
  constructor(folder, image, buildOnly, bytes) {
    this.folder = folder
    this.image = image
    this.buildOnly = buildOnly
    this.bytes = bytes
    this.count = 0
  }

  /**
   * Writes a project with its lock file, made in the image as a developer would have made it.
   * @param {Tool} tool
   * @param {Project} name
   */
  async project(tool, name) {
    const folder = join(this.folder, `${tool.cache}-${name}`)
    await mkdir(folder)
    const lock = await tool.write(folder, tool.projects[name])
    const mount = `${folder}:/app`
    if (lock) {
      const how = ['run', '--rm', '--network', 'host', '--volume', mount, '--workdir', '/app']
      await run('docker', ...how, this.image, ...lock)
    }
    return folder
  }

  /**
   * Deploys a project one way; what its install step took and downloaded.
   * @param {Tool} tool
   * @param {string} project
   * @param {DirectoryWalker} way
   * @param {string} [app]
   * @returns {Promise<Built>}
   */
  async deploy(tool, project, way, app = appOf(way)) {
    const nonce = `${process.pid}-${(this.count += 1)}`
    // The plugin leaves locked cache mounts as they are: the shared way is a step without them.
    const isPlain = way === 'plain' || (way === 'shared' && tool.locks)
    const mounts = isPlain ? undefined : `${PREFIX}-${way}-${tool.cache}`
    await writeFile(join(project, 'Dockerfile'), dockerfile(tool, this.image, nonce, mounts))
    const archive = join(this.folder, 'app.tar')
    await run('tar', '-C', project, '-cf', archive, '.')
    const before = this.bytes()
    const log = this.buildOnly
      ? await buildOnly(app, project, this.buildOnly)
      : await run('dokku', 'git:from-archive', app, `file://${archive}`)
    if (way === 'shared' && !/Shared caches: \S+ \(line/.test(log)) {
      throw new Error(`The build had no shared cache:\n${log.slice(0, 2000)}`)
    }
    return { seconds: stepSeconds(log, tool.step), megabytes: (this.bytes() - before) / 1e6 }
  }

  /**
   * The five ways of a tool, in turns, for one dependency changed and for a second app.
   * @param {Tool} tool
   */
  async measure(tool) {
    /** @type {Record<string, Built>} */
    const built = {}
    const first = await this.project(tool, 'first')
    for (const way of /** @type {const} */ (['mount', 'shared']))
      await this.deploy(tool, first, way)
    const cases = /** @type {const} */ ([
      ['A', 'changed', 'changedAgain'],
      ['B', 'second', 'third'],
    ])
    for (const [name, hot, cold] of cases) {
      const project = await this.project(tool, hot)
      for (const way of WAYS) built[`${name} ${way}`] = await this.deploy(tool, project, way)
      await night(`${PREFIX}-mount-${tool.cache}`)
      const other = await this.project(tool, cold)
      for (const way of /** @type {const} */ (['mount', 'shared'])) {
        built[`${name} ${way} night`] = await this.deploy(tool, other, way)
      }
    }
    return built
  }
}

const shown = (/** @type {Built | undefined} */ built) =>
  built ? `${built.seconds.toFixed(1)} / ${built.megabytes.toFixed(1)}` : ''

/** @param {Tool} tool @param {Record<string, Built>} built */
function printRows(tool, built) {
  for (const name of ['A', 'B']) {
    const of = (/** @type {string} */ way) => built[`${name} ${way}`]
    const ways = ['plain', 'mount', 'mount night', 'shared', 'shared night']
    const ratio = ((of('shared')?.seconds ?? NaN) / (of('mount')?.seconds ?? NaN)).toFixed(2)
    console.log(`| ${[tool.name, name, ...ways.map((way) => shown(of(way))), ratio].join(' | ')} |`)
  }
}

const NO_INDEX = { url: 'http://127.0.0.1:1/', bytes: () => 0, stop: () => undefined }

/**
 * Makes what a benchmark of builds needs on this server, and takes it away again.
 * @param {import('./main.mjs').Context} context
 * @param {(bench: Bench, tools: readonly Tool[]) => Promise<void>} work
 */
async function onServer({ folder, words }, work) {
  const { base, isBuildOnly, tools } = readWords(words)
  await checkServer()
  // User dokku works in it.
  await chmod(folder, 0o755)
  const counter = await startCounter(process.env)
  // Only pip and uv ask it, and it asks pip for the address.
  const isAsked = tools.some(({ cache }) => cache === 'pip' || cache === 'uv')
  const index = isAsked ? await startIndex() : NO_INDEX
  try {
    const image = await makeBase(base, await mkdtemp(join(folder, 'image-')), tools)
    const proxy = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
    const options = [
      '--network host',
      ...proxy.map((name) => `--build-arg ${name}=${counter.url.href}`),
      '--build-arg NO_PROXY=127.0.0.1 --build-arg no_proxy=127.0.0.1',
      `--build-arg PIP_INDEX_URL=${index.url} --build-arg UV_DEFAULT_INDEX=${index.url}`,
      // Else pip keeps nothing that came without TLS, and gives up while the index still tries.
      `--build-arg PIP_TRUSTED_HOST=${new URL(index.url).host}`,
      '--build-arg PIP_DEFAULT_TIMEOUT=150',
    ]
    await makeApps(isBuildOnly ? [] : options, tools)
    const how = isBuildOnly ? 'the builds of deploys alone' : 'whole deploys'
    console.log(`${how}; ${(await run('dokku', 'version')).trim()}`)
    const bytes = () => counter.bytes() + index.bytes()
    await work(new Bench(folder, image, isBuildOnly ? options : null, bytes), tools)
    await night(`${PREFIX}-`)
  } finally {
    for (const way of WAYS) await remove(appOf(way))
    await run('docker', 'image', 'rm', `${PREFIX}/base`).catch(() => undefined)
    counter.stop()
    index.stop()
  }
}

/** Empties the shared cache of a tool. */
function empty(/** @type {Tool} */ { cache }) {
  return run('dokku', 'shared-cache:prune', '--cache', cache, '--max-size', '0', '--force')
}

/**
 * What builds gain: the install step of real projects through deploys on this server's Dokku, plain,
 * with cache mounts and with the shared caches, hot and after the night. To reach: nothing downloaded
 * that the cache holds, 1.1 times a hot cache mount, the same after the night, and no cache mount left
 * by the shared way. The shared caches in question are emptied first.
 */
export async function builds(/** @type {import('./main.mjs').Context} */ context) {
  await onServer(context, async (bench, tools) => {
    console.log('step seconds / MB downloaded')
    console.log(
      '| tool | case | plain | cache mount hot | night | shared hot | night | shared/mount |',
    )
    console.log('|---|---|---|---|---|---|---|---|')
    for (const tool of tools) {
      await empty(tool)
      printRows(tool, await bench.measure(tool))
    }
    const left = await cacheMounts(`${PREFIX}-shared`)
    console.log(`cache mounts that the shared way left in Docker's build cache: ${left.length}`)
  })
}

/**
 * One of the builds that go on at once. Each has an app of its own: Dokku builds an app once at a time.
 * @typedef {{ tool: Tool, title: string, project: string, app: string }} One
 */

/**
 * Builds a project again with the tool's own check of its cache; a line that says how it went.
 * @param {Bench} bench
 * @param {One} one
 */
async function proof(bench, { tool, title, project, app }) {
  try {
    const built = await bench.deploy({ ...tool, step: tool.proof }, project, 'shared', app)
    return `${title} ${built.seconds.toFixed(1)} s, ${built.megabytes.toFixed(1)} MB`
  } catch (error) {
    return `${title} ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * @param {Bench} bench
 * @param {readonly One[]} all
 */
async function buildTogether(bench, all) {
  const before = bench.bytes()
  const built = await Promise.allSettled(
    all.map(({ tool, project, app }) => bench.deploy(tool, project, 'shared', app)),
  )
  const failed = built.filter(({ status }) => status === 'rejected')
  const megabytes = ((bench.bytes() - before) / 1e6).toFixed(1)
  console.log(`${built.length} builds at once: ${failed.length} failed, ${megabytes} MB`)
  for (const { reason } of /** @type {PromiseRejectedResult[]} */ (failed)) {
    console.log(reason.message)
  }
  console.log('again, one after the other, with what each tool checks itself:')
  for (const one of all) console.log(await proof(bench, one))
  console.log(await run('dokku', 'shared-cache:verify').catch((error) => error.message))
}

/**
 * Three applications of each tool, built at once through empty shared caches, and once more one after
 * the other. To reach: none fails, nothing is found damaged, and nothing of size is downloaded again.
 */
export async function together(/** @type {import('./main.mjs').Context} */ context) {
  const words = ['--build-only', ...context.words]
  await onServer({ ...context, words }, async (bench, tools) => {
    /** @type {One[]} */
    const all = []
    try {
      for (const tool of tools) {
        await empty(tool)
        for (const name of /** @type {const} */ (['first', 'second', 'third'])) {
          const app = `${PREFIX}-${tool.cache}-${name}`
          const title = `       ${tool.name}, ${name} app:`
          all.push({ tool, title, app, project: await bench.project(tool, name) })
          await run('dokku', 'apps:create', app)
        }
      }
      await buildTogether(bench, all)
    } finally {
      for (const { app } of all) await remove(app)
    }
  })
}
