// The package managers of the demonstration: two projects each, which share most of what they need.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} directory of its cache, below the root
 * @property {readonly string[][]} programs the first of these that answers is used
 * @property {readonly (readonly string[])[]} projects packages that each project installs
 * @property {(folder: string, packages: readonly string[]) => Promise<Prepared>} prepare
 *   writes the project
 */

/**
 * @typedef {object} Prepared
 * @property {readonly string[]} [lock] arguments that make its lock file, where the tool has one:
 *   not measured, and not through the shared cache, as a repository brings its lock file along
 * @property {readonly string[]} install arguments that install it
 */

/** @type {Tool['prepare']} */
async function cargoProject(folder, packages) {
  const dependencies = packages.map((name) => `${name} = "1"`).join('\n')
  await mkdir(join(folder, 'src'))
  await writeFile(join(folder, 'src/lib.rs'), '')
  await writeFile(
    join(folder, 'Cargo.toml'),
    `[package]\nname = "demo"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n${dependencies}\n`,
  )
  return { lock: ['generate-lockfile', '--quiet'], install: ['fetch', '--quiet', '--locked'] }
}

/** @type {Tool['prepare']} */
async function npmProject(folder, packages) {
  await writeFile(join(folder, 'package.json'), '{ "name": "demo", "private": true }\n')
  const common = ['--no-audit', '--no-fund', '--loglevel=error']
  return {
    lock: [
      'install',
      '--package-lock-only',
      '--omit-lockfile-registry-resolved=false',
      ...common,
      ...packages,
    ],
    install: ['ci', ...common],
  }
}

// docopt comes as source alone: what is built of it is in the cache too.
const python = [
  ['flask', 'docopt', 'rich'],
  ['flask', 'docopt', 'tabulate'],
]

/** @type {readonly Tool[]} */
export const TOOLS = [
  {
    name: 'npm',
    directory: 'npm',
    programs: [['npm']],
    projects: [
      ['express@4', 'chalk'],
      ['express@4', 'kleur'],
    ],
    prepare: npmProject,
  },
  {
    name: 'pip',
    directory: 'pip',
    programs: [['pip3'], ['pip'], ['python3', '-m', 'pip']],
    projects: python,
    prepare: async (folder, packages) => ({
      // The way of installing that keeps what it built, whatever else is on the machine.
      install: ['install', '--use-pep517', '--quiet', '--target', join(folder, 'lib'), ...packages],
    }),
  },
  {
    name: 'uv',
    directory: 'uv',
    programs: [['uv']],
    projects: python,
    prepare: async (folder, packages) => ({
      install: ['pip', 'install', '--quiet', '--target', join(folder, 'lib'), ...packages],
    }),
  },
  {
    name: 'cargo',
    directory: 'rust',
    programs: [['cargo']],
    projects: [
      ['serde', 'serde_json', 'anyhow'],
      ['serde', 'serde_json', 'semver'],
    ],
    prepare: cargoProject,
  },
]
