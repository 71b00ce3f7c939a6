import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { version } from '../../package.json'
import { type Age, makeDouble, upgradeDouble } from '../doubles/dokku/make'
import { KILL_AFTER } from '../doubles/dokku/kill'
import { hidePrograms } from '../doubles/dokku/system'
import { serveEngineState } from '../doubles/engine'
import { newId, readEngine, stateFile, writeEngine } from '../doubles/engine-state'
import type { Server } from './harness'
import type { Answer, ImageDescription } from './harness'
import { parseBind, parseMounts, withoutDokkus } from './harness'

/** The tarball of a plugin. */
function tarballOf(plugin: string): string {
  return fileURLToPath(new URL(`../../dist/dokku-${plugin}-${version}.tgz`, import.meta.url))
}

export const TARBALL = tarballOf('shared-cache')

/** Directories of the machine that the plugin's installation writes to: the double has separate ones. */
const OWN_PLACES = ['/usr/local/lib', '/etc']
/** Files in `/etc` that programs need. */
const ETC = ['alternatives', 'debian_version', 'group', 'ld.so.cache', 'nsswitch.conf', 'passwd']

/** Writes a program that the server finds before the machine's. */
function writeProgram(root: string, name: string, script: string): void {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

function makeOwnPlaces(root: string): void {
  // Nothing is installed on the machine that runs the tests.
  for (const name of ['apt-get', 'apt-cache']) writeProgram(root, name, 'exit 1')
  for (const path of OWN_PLACES) mkdirSync(join(root, path), { recursive: true })
  mkdirSync(join(root, 'etc/sudoers.d'))
  for (const name of ETC.filter((one) => existsSync(join('/etc', one))))
    cpSync(join('/etc', name), join(root, 'etc', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  if (/^dokku:/m.test(readFileSync('/etc/group', 'utf8'))) return
  appendFileSync(join(root, 'etc/group'), 'dokku:x:60606:\n')
  appendFileSync(join(root, 'etc/passwd'), 'dokku:x:60606:60606::/home/dokku:/bin/bash\n')
}

/** A mount namespace with the double's directories. It ends with the process. */
async function enterOwnPlaces(root: string): Promise<ChildProcess> {
  const binds = OWN_PLACES.map((path) => `mount --bind "${root}${path}" "${path}"`).join(' && ')
  const holder = spawn('unshare', ['--mount', 'sh', '-c', `${binds} && echo ready && exec cat`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('close', () => reject(new Error('no mount namespace: root is needed')))
  })
  return holder
}

function toState(description: ImageDescription) {
  const { user = '', env = {}, files = [], osRelease, runsAs } = description
  return {
    id: `sha256:${newId()}`,
    user,
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    labels: {},
    files: {
      ...Object.fromEntries(files.map((path) => [path, 'content'])),
      ...(osRelease ? { '/usr/lib/os-release': osRelease } : {}),
    },
    runsAs: runsAs ?? (user === '' || user === 'root' ? '0' : user),
  }
}

/** What only a double can do: change the system below the plugin. */
interface DoubleServer extends Server {
  /**
   * `killAfter` with another signal, to the whole group or to the process of the plugin alone. Gives back
   * the exit code of the command, or the signal that ended it.
   */
  signalAfter(
    changes: number,
    signal: NodeJS.Signals,
    who: 'group' | 'plugin',
    ...words: string[]
  ): Promise<number | NodeJS.Signals | null>
  /** Installs the other plugin. */
  installPersist(): Promise<Answer>
  upgrade(): void
  /** Changes the version of the Engine. */
  engine(version: string): void
  /** Replaces a program of the machine. */
  program(name: string, script: string): void
  /** Removes programs of the machine from its PATH; [] restores them. */
  hide(names: readonly string[]): void
}

/** A server that is a double in a separate directory. */
export async function makeDoubleServer(age?: Age, node?: string): Promise<DoubleServer> {
  const double = makeDouble(age, node)
  const root = join(double.lib, 'data/shared')
  makeOwnPlaces(double.root)
  const holder = await enterOwnPlaces(double.root)
  const socket = join(double.root, 'docker.sock')
  const closeEngine = await serveEngineState(socket)
  const inside = ['--target', String(holder.pid), '--mount', '--']
  const path = `${join(double.root, 'bin')}:${join(double.root, 'node')}:/usr/sbin:/usr/bin:/sbin:/bin`
  const options = {
    env: { PATH: path, HOME: '/root', LANG: 'C.UTF-8', USER: 'root' },
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    stdin: 'ignore',
  } as const
  const run = async (...argv: string[]): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await execa('nsenter', [...inside, ...argv], options)
    return { exit: exitCode ?? 1, stdout, stderr }
  }
  const dokku = (...words: string[]) => run(double.dokku, ...words)
  const state = () => readEngine(stateFile(socket))
  const signalAfter: DoubleServer['signalAfter'] = async (changes, signal, who, ...words) => {
    writeFileSync(join(double.lib, KILL_AFTER), [changes, signal, who].join(' '))
    const argv = [...inside, double.dokku, ...words]
    // A group of its own: the double kills the whole of it.
    const child = spawn('nsenter', argv, { env: options.env, stdio: 'ignore', detached: true })
    const exit = await new Promise<number | NodeJS.Signals | null>((resolve) =>
      child.once('close', (code, by) => resolve(by ?? code)),
    )
    rmSync(join(double.lib, KILL_AFTER), { force: true })
    return exit
  }
  return {
    kind: 'double',
    lib: double.lib,
    root,
    dokku,
    async shell(script) {
      const { exit, stdout, stderr } = await run('sh', '-ec', script)
      if (exit !== 0) throw new Error(`${script}: ${stderr}`)
      return stdout
    },
    trigger: (name, ...args) => dokku('plugin:trigger', name, ...args),
    installPlugin: () => dokku('plugin:install', `file://${TARBALL}`, '--name', 'shared-cache'),
    installPersist: () =>
      dokku('plugin:install', `file://${tarballOf('persist')}`, '--name', 'persist'),
    async mounts(app) {
      return parseMounts(root, (await dokku('storage:list', app, '--format', 'json')).stdout)
    },
    async env(app) {
      const { stdout } = await dokku('config:export', '--format', 'json', app)
      return withoutDokkus(JSON.parse(stdout) as Record<string, string>)
    },
    makeImage(name, description) {
      const before = state()
      const images = { ...before.images, [name]: toState(description) }
      writeEngine({ ...before, images }, stateFile(socket))
      return Promise.resolve()
    },
    deploy: (app, image) => dokku('git:from-image', app, image),
    rebuild: (app) => dokku('ps:rebuild', app),
    container(app) {
      const { containers } = state()
      const found = Object.values(containers).find((one) => one.name === `${app}.web.1`)
      if (!found) throw new Error(`${app} has no container`)
      const mounts = found.binds.map((bind) => parseBind(root, bind))
      return Promise.resolve({ env: withoutDokkus(found.env), mounts })
    },
    async killAfter(changes, ...words) {
      await signalAfter(changes, 'SIGKILL', 'group', ...words)
    },
    signalAfter,
    upgrade: () => upgradeDouble(double),
    engine: (version) => writeEngine({ ...state(), version }, stateFile(socket)),
    program: (name, script) => writeProgram(double.root, name, script),
    hide: (names) => hidePrograms(double.root, names),
    async destroy() {
      holder.stdin?.end()
      await closeEngine()
      rmSync(double.root, { recursive: true, force: true })
    },
  }
}
