import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectEngine } from '../../src/foundation/docker/engine'

/** A client that builds with BuildKit: with buildx, or without it, like clients before 23. */
export interface BuildClient {
  readonly file: string
  readonly build: readonly string[]
  readonly hasBuildx: boolean
}

/** The client on PATH, or else the distribution's; null if neither builds with BuildKit. */
export function buildClient(): BuildClient | null {
  for (const file of ['docker', '/usr/bin/docker']) {
    if (works(file, 'buildx', 'version')) {
      return { file, build: ['buildx', 'build'], hasBuildx: true }
    }
    const { output } = spawnSync(file, ['--version'], { encoding: 'utf8' })
    const major = Number(/version (\d+)/.exec(String(output))?.[1] ?? Infinity)
    if (major < 23) return { file, build: ['build'], hasBuildx: false }
  }
  return null
}

/** An Engine whose build cache the tests may delete. */
export interface ThrowAway {
  readonly host: string
  stop(): Promise<void>
}

const works = (file: string, ...args: string[]) =>
  spawnSync(file, args, { stdio: 'ignore' }).status === 0

async function answers(host: string): Promise<boolean> {
  for (let attempt = 0; attempt < 60; attempt++) {
    try {
      await connectEngine({ DOCKER_HOST: host }).version()
      return true
    } catch {
      await sleep(250)
    }
  }
  return false
}

/** A separate dockerd without a network: it does not touch the existing one. */
async function start(): Promise<ThrowAway | null> {
  const base = mkdtempSync(join(tmpdir(), 'dockerd-'))
  const host = `unix://${base}/docker.sock`
  writeFileSync(join(base, 'daemon.json'), '{}')
  const places = ['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${base}/${name}`)
  const network = ['--bridge=none', '--iptables=false', '--ip-forward=false']
  const log = openSync(join(base, 'log'), 'w')
  const args = [`--config-file=${base}/daemon.json`, `--host=${host}`, ...places, ...network]
  const dockerd = spawn('dockerd', args, { stdio: ['ignore', log, log] })
  const gone = new Promise((resolve) => dockerd.on('close', resolve))
  const stop = async () => {
    dockerd.kill()
    await gone
    rmSync(base, { recursive: true, force: true })
  }
  if (await answers(host)) return { host, stop }
  await stop()
  return null
}

/**
 * The Engine in SHARED_CACHE_TEST_ENGINE (in the form of DOCKER_HOST), or a dockerd that root starts
 * for the tests; null if there is neither, or no client to build with.
 */
export async function throwAwayEngine(): Promise<ThrowAway | null> {
  if (!buildClient()) return null
  const host = process.env['SHARED_CACHE_TEST_ENGINE']
  if (host) return { host, stop: () => Promise.resolve() }
  if (process.getuid?.() !== 0 || !works('dockerd', '--version')) return null
  return start()
}

/**
 * Imports an image (`host` as for DOCKER_HOST, '' for the default one) with a shell and the few
 * programs that the builds run, made from this machine's.
 */
export function importBase(host: string, image: string): void {
  const script = `set -eu; root=$(mktemp -d); trap 'rm -rf "$root"' EXIT
    mkdir "$root/bin"
    for name in sh dd sleep cat touch; do
      file=$(readlink -f "$(command -v $name)"); cp "$file" "$root/bin/$name"
      ldd "$file" | grep -o '/[^ )]*' | while read -r lib; do cp -L --parents "$lib" "$root"; done
    done
    tar -C "$root" -c . | docker import -c 'ENV PATH=/bin' - ${image} >/dev/null`
  execFileSync('bash', ['-c', script], { env: { ...process.env, DOCKER_HOST: host } })
}
