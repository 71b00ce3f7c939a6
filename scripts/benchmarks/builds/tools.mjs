// The projects of the benchmark: for each tool a first application, two changes of it and two others
// that share most of what they need.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} cache name of its shared cache
 * @property {string} step the command whose time counts
 * @property {string} proof the same with the tool's own check of its cache, offline where it can be
 * @property {readonly string[]} places where its cache is in a container of root
 * @property {true} [locks] whether its cache mounts have to be locked
 * @property {string} [before] a command that the step with cache mounts begins with
 * @property {readonly string[]} args build arguments that it reads
 * @property {string} needs a command that an image must know
 * @property {(folder: string, packages: readonly string[]) => Promise<string[] | null>} write
 *   writes a project; gives back the command that makes its lock file, where it has one
 * @property {Readonly<Record<Project, readonly string[]>>} projects
 */

/** @typedef {'first' | 'changed' | 'changedAgain' | 'second' | 'third'} Project */

/**
 * @param {readonly string[]} common
 * @param {readonly string[]} first
 * @param {readonly [string, string]} added
 * @param {readonly [readonly string[], readonly string[]]} others
 * @returns {Tool['projects']}
 */
function projects(common, first, [one, other], [second, third]) {
  return {
    first: [...common, ...first],
    changed: [...common, ...first, one],
    changedAgain: [...common, ...first, other],
    second: [...common, ...second],
    third: [...common, ...third],
  }
}

// regex 2022.3.15 has no wheel for Python 3.11 and later: it is compiled.
const python = projects(
  ['flask==3.0.3', 'requests==2.32.3', 'numpy==1.26.4', 'regex==2022.3.15'],
  ['pillow==10.4.0', 'lxml==5.3.0'],
  ['rich==13.7.1', 'tabulate==0.9.0'],
  [
    ['sqlalchemy==2.0.31', 'cryptography==43.0.0'],
    ['redis==5.0.7', 'psutil==6.0.0', 'aiohttp==3.10.0'],
  ],
)

/** @type {Tool['write']} */
async function requirements(folder, packages) {
  await writeFile(join(folder, 'requirements.txt'), packages.map((line) => `${line}\n`).join(''))
  return null
}

/** @type {Tool['write']} */
async function packageJson(folder, packages) {
  const dependencies = Object.fromEntries(packages.map((name) => name.split('@')))
  const text = JSON.stringify({ name: 'bench', private: true, dependencies })
  await writeFile(join(folder, 'package.json'), text)
  return ['npm', 'install', '--package-lock-only', '--no-audit', '--no-fund']
}

/** @type {Tool['write']} */
async function crate(folder, packages) {
  await mkdir(join(folder, 'src'))
  await writeFile(join(folder, 'src/main.rs'), 'fn main() {}\n')
  const head = '[package]\nname = "bench"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n'
  await writeFile(join(folder, 'Cargo.toml'), `${head}${packages.join('\n')}\n`)
  return ['cargo', 'generate-lockfile']
}

/** @type {Tool['write']} */
async function packageNames(folder, packages) {
  await writeFile(join(folder, 'packages.txt'), packages.map((line) => `${line}\n`).join(''))
  return null
}

/** @type {readonly Tool[]} */
export const TOOLS = [
  {
    name: 'pip',
    cache: 'pip',
    step: 'pip install -r requirements.txt',
    proof:
      'pip install -r requirements.txt' +
      " && find $(pip cache dir) -name '*.whl' -exec python3 -m zipfile -t {} ';'",
    places: ['/root/.cache/pip'],
    args: ['PIP_INDEX_URL', 'PIP_TRUSTED_HOST', 'PIP_DEFAULT_TIMEOUT'],
    needs: 'pip --version',
    write: requirements,
    projects: python,
  },
  {
    name: 'uv',
    cache: 'uv',
    step: 'uv pip install --system --break-system-packages -r requirements.txt',
    proof: 'uv pip install --offline --system --break-system-packages -r requirements.txt',
    places: ['/root/.cache/uv'],
    args: ['UV_DEFAULT_INDEX'],
    needs: 'uv --version',
    write: requirements,
    projects: python,
  },
  {
    name: 'npm ci',
    cache: 'npm',
    step: 'npm ci --no-audit --no-fund',
    proof:
      'npm cache verify > /tmp/said && cat /tmp/said && ! grep -E "Missing|Corrupted" /tmp/said' +
      ' && npm ci --offline --no-audit --no-fund',
    places: ['/root/.npm'],
    args: [],
    needs: 'npm --version',
    write: packageJson,
    projects: projects(
      ['express@4', 'webpack@5', 'typescript@5', 'eslint@8'],
      ['jest@29', 'react@18', 'react-dom@18', 'sass@1'],
      ['lodash@4', 'moment@2'],
      [
        ['vue@3', 'prettier@3', 'mocha@10'],
        ['svelte@4', 'vite@5', 'chai@4'],
      ],
    ),
  },
  {
    name: 'cargo fetch',
    cache: 'cargo',
    step: 'cargo fetch --locked',
    proof: 'cargo fetch --locked --offline',
    places: ['/root/.cargo/registry', '/root/.cargo/git'],
    args: [],
    needs: 'cargo --version',
    write: crate,
    projects: projects(
      ['serde = "1"', 'tokio = { version = "1", features = ["full"] }', 'anyhow = "1"'],
      ['reqwest = "0.12"', 'clap = "4"', 'regex = "1"'],
      ['uuid = "1"', 'chrono = "0.4"'],
      [
        ['axum = "0.7"', 'tracing = "0.1"', 'tracing-subscriber = "0.3"'],
        ['hyper = "1"', 'rustls = "0.23"', 'itertools = "0.13"'],
      ],
    ),
  },
  {
    name: 'apt-get install',
    cache: 'apt',
    step: 'apt-get update && apt-get install -y --no-install-recommends $(cat packages.txt)',
    proof:
      'apt-get update && apt-get install -y --no-install-recommends $(cat packages.txt)' +
      " && cd ${SHARED_CACHE_APT:?} && sha256sum * | awk '$1 != $2 { print; bad = 1 } END { exit bad }'",
    places: ['/var/cache/apt', '/var/lib/apt'],
    locks: true,
    // Official images remove archives after each installation.
    before: 'rm -f /etc/apt/apt.conf.d/docker-clean',
    args: [],
    needs: 'apt-get --version',
    write: packageNames,
    projects: projects(
      ['libpq-dev', 'libxml2-dev', 'imagemagick'],
      ['ffmpeg', 'postgresql-client'],
      ['graphviz', 'poppler-utils'],
      [
        ['libvips-dev', 'jq'],
        ['ghostscript', 'default-mysql-client'],
      ],
    ),
  },
]

/**
 * The Dockerfile of a project. `nonce` makes its install step run; `cacheMounts` names the cache
 * mounts that the step has, none where it is undefined.
 * @param {Pick<Tool, 'step' | 'places' | 'locks' | 'before' | 'args'>} tool
 * @param {string} base
 * @param {string} nonce
 * @param {string | undefined} cacheMounts
 */
export function dockerfile({ step, places, locks, before, args }, base, nonce, cacheMounts) {
  const mounts = cacheMounts
    ? places.map(
        (target, index) =>
          `--mount=type=cache,id=${cacheMounts}-${index},target=${target}${locks ? ',sharing=locked' : ''} `,
      )
    : []
  return [
    `FROM ${base}`,
    ...args.map((name) => `ARG ${name}`),
    `ENV BENCH=${nonce}`,
    'WORKDIR /app',
    'COPY . .',
    `RUN ${mounts.join('')}${before && cacheMounts ? `${before} && ` : ''}${step}`,
    'CMD ["sleep", "infinity"]',
    '',
  ].join('\n')
}
