import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Age, type Double, makeDouble } from './dokku/make'

/** One recording of a real Dokku. The cases of a file ran in order: each depends on the ones before. */
export interface Recorded {
  readonly case: string
  /** root: run by an operator. dokku: run by a plugin, with a plugin's environment. */
  readonly as: 'root' | 'dokku'
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
  readonly handler_saw?: { readonly argv: string[]; readonly env: Record<string, string> }
}

/** The triggers that one command ran, in order. */
interface RecordedTriggers {
  readonly calls: readonly {
    readonly trigger: string
    readonly argv: readonly string[]
    readonly stdin: 'null' | 'pipe'
  }[]
}

const FIXTURES = fileURLToPath(new URL('../fixtures/contract', import.meta.url))

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8'))
}

export function recordings(name: string): Recorded[] {
  return read(name) as Recorded[]
}

export function recordedTriggers(step: string): RecordedTriggers {
  return read(`triggers/${step}`) as RecordedTriggers
}

const NPM = '/var/lib/dokku/data/shared/npm'

function legacyName(path: string): string {
  return `legacy-${createHash('sha1').update(path).digest('hex').slice(0, 10)}`
}

/**
 * A double with the same order of mounts as the recordings: entries of the older form are named after a
 * hash of the host path, which differs here.
 */
export function makeRecordedDouble(age?: Age): Double {
  for (;;) {
    const double = makeDouble(age)
    if (legacyName(join(double.lib, 'data/shared/npm')) < legacyName('vol:seedvol')) return double
    rmSync(double.root, { recursive: true })
  }
}

/** A plugin whose files are all the same script. */
export function installScripts(
  double: Double,
  plugin: string,
  scripts: Readonly<Record<string, string>>,
): void {
  const directory = join(double.lib, 'plugins/available', plugin)
  for (const [name, text] of Object.entries(scripts)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), text)
    chmodSync(join(directory, name), 0o755)
  }
  symlinkSync(directory, join(double.lib, 'plugins/enabled', plugin))
}

interface Answer {
  readonly exit: number | null
  readonly stdout: string
  readonly stderr: string
}

export function call(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin?: string,
): Answer {
  const [program = '', ...args] = argv
  const { status, stdout, stderr } = spawnSync(program, args, {
    env,
    encoding: 'utf8',
    cwd: '/',
    ...(stdin === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] as const } : { input: stdin }),
  })
  return { exit: status, stdout, stderr }
}

/** The output of `env -0`. */
export function parseEnvironment(text: string): Record<string, string> {
  const pairs = text.split('\0').filter(Boolean)
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}

const ENV_PROBE = '#!/bin/sh\nexec env -0\n'

/** The environments of an operator and of a plugin. */
export function environments(double: Double): Record<Recorded['as'], Record<string, string>> {
  const root = { PATH: `${join(double.root, 'bin')}:/usr/bin:/bin`, HOME: '/root', LANG: 'C.UTF-8' }
  installScripts(double, 'env-probe', { 'subcommands/default': ENV_PROBE })
  const { stdout } = call([double.dokku, 'env-probe'], root)
  rmSync(join(double.lib, 'plugins/enabled/env-probe'))
  return { root, dokku: parseEnvironment(stdout) }
}

// The recordings have other names for two apps of that host. They were sorted like this.
const RENAMED = ['other-1', 'o-1'] as const

function toHere(double: Double, text: string): string {
  return text
    .replaceAll(...RENAMED)
    .replaceAll('$PLUGIN_CORE_AVAILABLE_PATH', '/var/lib/dokku/core-plugins/available')
    .replaceAll('/var/lib/dokku', double.lib)
    .replaceAll('/home/dokku', double.home)
    .replaceAll(/^dokku$/g, double.dokku)
}

/** Output of a double, with the paths of the recordings and without varying parts. */
export function toRecorded(double: Double, text: string): string {
  return text
    .replaceAll(/\bo-1\b/g, RENAMED[0])
    .replaceAll(legacyName(join(double.lib, 'data/shared/npm')), legacyName(NPM))
    .replaceAll(double.lib, '/var/lib/dokku')
    .replaceAll(double.home, '/home/dokku')
    .replaceAll(/Random port \d+/g, 'Random port <PORT>')
    .replaceAll(/(?<=created[- ]at":"|created at: +)\d{10}/g, '<EPOCH>')
}

/** Calls the double like the real Dokku, and returns what can be compared. */
export function replay(
  double: Double,
  env: ReturnType<typeof environments>,
  recorded: Recorded,
): Answer {
  const argv = recorded.argv.map((word) => toHere(double, word))
  const answer = call(argv, { ...env[recorded.as], ...recorded.env }, recorded.stdin)
  return {
    exit: answer.exit,
    stdout: toRecorded(double, answer.stdout),
    stderr: toRecorded(double, answer.stderr),
  }
}
