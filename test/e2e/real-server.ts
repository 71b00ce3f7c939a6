import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { TARBALL } from './double-server'
import type { Server } from './harness'
import type { Answer, ImageDescription } from './harness'
import { parseBind, parseMounts, withoutDokkus } from './harness'

const BASE = process.env['SHARED_CACHE_E2E_IMAGE'] ?? 'busybox:1'

/** A Dockerfile for a description, on a base image with the programs of busybox. */
function toDockerfile(description: ImageDescription): string {
  const { user = '', env = {}, files = [], osRelease, runsAs } = description
  const command = runsAs
    ? `exec su -s /bin/sh e2e${runsAs} -c "exec sleep 100000"`
    : 'exec sleep 100000'
  return [
    `FROM ${BASE}`,
    ...files.map((path) => `RUN mkdir -p "$(dirname ${path})" && echo content > ${path}`),
    ...(osRelease
      ? [
          `RUN mkdir -p /usr/lib && printf ${quote(osRelease.replaceAll('\n', '\\n'))} >/usr/lib/os-release`,
        ]
      : []),
    ...(runsAs ? [`RUN echo "e2e${runsAs}:x:${runsAs}:${runsAs}::/:/bin/sh" >>/etc/passwd`] : []),
    ...Object.entries(env).map(([name, value]) => `ENV ${name}="${value}"`),
    ...(user ? [`USER ${user}`] : []),
    `CMD ${JSON.stringify(['sh', '-c', command])}`,
    '',
  ].join('\n')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Seconds until a command makes its first change, and between changes. */
const START = 0.25
const CHANGE = 0.02

interface Inspected {
  readonly Config: { readonly Env: readonly string[] | null }
  readonly HostConfig: { readonly Binds: readonly string[] | null }
}

/** A real Dokku. The suite sets up caches for all its apps, so a server that has apps is rejected. */
export async function makeRealServer(prefix: readonly string[]): Promise<Server> {
  const [program = '', ...before] = prefix
  // ssh runs a remote shell, which needs another level of quotes.
  const quoteForShells = (script: string) => (program === 'ssh' ? quote(script) : script)
  const run = async (script: string, input?: string | Uint8Array): Promise<Answer> => {
    const { exitCode, stdout, stderr } = await execa(
      program,
      [...before, 'bash', '-c', quoteForShells(script)],
      { reject: false, stripFinalNewline: false, input: input ?? '' },
    )
    return { exit: exitCode ?? 1, stdout, stderr }
  }
  const dokku = (...words: string[]) => run(['dokku', ...words].map(quote).join(' '))
  const shell = async (script: string) => {
    const { exit, stdout, stderr } = await run(`set -e; ${script}`)
    if (exit !== 0) throw new Error(`${script}: ${stderr}`)
    return stdout
  }
  const apps = async () => (await dokku('--quiet', 'apps:list')).stdout.split('\n').filter(Boolean)
  if ((await apps()).length > 0) throw new Error('the suite needs a Dokku without apps')
  const lib = '/var/lib/dokku'
  const root = `${lib}/data/shared`
  return {
    kind: 'real',
    lib,
    root,
    dokku,
    shell,
    trigger: (name, ...args) => dokku('plugin:trigger', name, ...args),
    async installPlugin() {
      await run('cat > /tmp/shared-cache-e2e.tgz', readFileSync(TARBALL))
      return dokku('plugin:install', 'file:///tmp/shared-cache-e2e.tgz', '--name', 'shared-cache')
    },
    async mounts(app) {
      return parseMounts(root, (await dokku('storage:list', app, '--format', 'json')).stdout)
    },
    async env(app) {
      const { stdout } = await dokku('config:export', '--format', 'json', app)
      return withoutDokkus(JSON.parse(stdout) as Record<string, string>)
    },
    async makeImage(name, description) {
      const { exit, stderr } = await run(`docker build -t ${name} -`, toDockerfile(description))
      if (exit !== 0) throw new Error(stderr)
    },
    async deploy(app, image) {
      await shell(`dokku checks:disable ${app}; dokku proxy:disable ${app}`)
      return dokku('git:from-image', app, image)
    },
    rebuild: (app) => dokku('ps:rebuild', app),
    async container(app) {
      const [found] = JSON.parse(await shell(`docker inspect ${app}.web.1`)) as Inspected[]
      const pairs = (found?.Config.Env ?? []).map((line) => line.split(/=(.*)/s).slice(0, 2))
      return {
        env: withoutDokkus(Object.fromEntries(pairs) as Record<string, string>),
        mounts: (found?.HostConfig.Binds ?? []).map((bind) => parseBind(root, bind)),
      }
    },
    async killAfter(changes, ...words) {
      const command = ['dokku', ...words].map(quote).join(' ')
      const kill = `pkill -KILL -s "$group"; wait "$group" 2>/dev/null; true`
      await run(
        `setsid ${command} >/dev/null 2>&1 & group=$!; sleep ${START + changes * CHANGE}; ${kill}`,
      )
    },
    async destroy() {
      for (const app of await apps()) {
        await dokku('scheduler:set', app, 'selected')
        await dokku('--force', 'apps:destroy', app)
      }
      await dokku('plugin:uninstall', 'shared-cache')
      await run(`
        for entry in ${lib}/data/storage-registry/entries/shared-cache-*.json; do
          [ -e "$entry" ] && dokku storage:destroy "$(basename "$entry" .json)" --force
        done
        rm -rf ${root} ${lib}/config/shared-cache /tmp/shared-cache-e2e.tgz
        docker image ls --quiet --filter reference='e2e/*' | xargs -r docker image rm --force`)
    },
  }
}
