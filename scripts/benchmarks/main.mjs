// Named benchmarks, never part of the tests: they take minutes, and their figures are the machine's.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adopt } from './adopt.mjs'
import { builds, together } from './builds.mjs'
import { docker } from './docker.mjs'
import { files } from './files.mjs'
import { run } from './measure.mjs'
import { persistMerge } from './persist/merge.mjs'
import { setup } from './setup.mjs'
import { startup } from './startup.mjs'
import { verify } from './verify.mjs'

/**
 * @typedef {object} Context
 * @property {string} bundle the program, as it is installed
 * @property {string} folder for everything that a benchmark makes
 * @property {readonly string[]} words what was said behind the benchmark's name
 */

/** @type {Readonly<Record<string, (context: Context) => Promise<void>>>} */
const BENCHMARKS = {
  ...{ startup, files, verify, docker, setup, builds, together },
  'persist-merge': persistMerge,
  'persist-adopt': adopt,
}
const USAGE = `Usage: scripts/bench ${Object.keys(BENCHMARKS).join('|')}

  startup       --version beside a bare Node
  files [--files N] [--rounds N] [--mixed] [--cold] [--in DIRECTORY]
                report beside du -s, and prune of everything beside find -delete, of that many
                files (20000) of npm, or of pip, uv and cargo; --cold drops the kernel's caches
                before each, as root
  verify        checking a cache beside sha512sum
  docker        report on and prune of Docker's build cache beside Docker's own commands; empties
                the cache of the Engine that SHARED_CACHE_BENCH_ENGINE names
  setup [APPS]  setup beside a loop over storage:mount and config:set, as root on a server with
                Dokku and this plugin; makes and destroys that many apps (50)
  builds [--build-only] --base IMAGE [pip|uv|npm|cargo…]
                what builds gain: install steps of real projects by deploys, plain, with cache mounts
                and with the shared caches, which it empties; as root on a server with Dokku and
                this plugin. IMAGE has Python, pip, a C compiler, npm and cargo; --build-only leaves
                out what a deploy does before and after its build
  together --base IMAGE [pip|uv|npm|cargo…]
                three builds of each tool at once through empty shared caches, and what was damaged
  persist-merge a volume with 50,000 files that follows an image beside rsync --checksum
  persist-adopt [--files N] [--rounds N]
                the copy and the comparison of persist:adopt beside cp -a, of that many files (50000),
                as root`

const [name = '', ...words] = process.argv.slice(2)
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined
if (!benchmark) {
  console.error(USAGE)
  process.exit(1)
}

const folder = await mkdtemp(join(tmpdir(), 'shared-cache-bench-'))
try {
  const home = fileURLToPath(new URL('../..', import.meta.url))
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
  await run([process.execPath, join(home, 'scripts/build.mjs'), folder])
  const bundle = join(folder, `dokku-shared-cache-${version}/shared-cache.cjs`)
  await benchmark({ bundle, folder, words })
} finally {
  await rm(folder, { recursive: true, force: true })
}
