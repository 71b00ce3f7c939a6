import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../package.json'
import { makeRunner } from '../../src/foundation/process/runner'
import type { Host } from '../../src/foundation/cli/command'
import { PLUGIN } from '../../src/persist/plugin'
import type { HelperStep, State } from '../../src/persist/image-updates/core/step'

/** A server below a directory: the bundled root helper, behind a `sudo` in `bin`, and volumes. */
export interface PersistServer {
  readonly host: Host
  /** The directory of the volume `v`. */
  readonly volume: string
  /** The plugin's data directory. */
  readonly data: string
  readonly helper: string
  /** Runs the root helper; `before` are words before the command. */
  run(
    args: readonly string[],
    input: string | Buffer,
    before?: readonly string[],
  ): { status: number | null; signal: string | null; stdout: string; stderr: string }
  state(paths: readonly string[], largest?: number): (State | null)[]
  /** Applies steps to the volume, with the contents of the files; null where one was applied. */
  merge(steps: readonly (readonly [HelperStep, string?])[]): (string | null)[]
}

/** The input of the verb `merge`. */
export function mergeInput(steps: readonly (readonly [HelperStep, (string | Buffer)?])[]): Buffer {
  const parts = steps.flatMap(([step, content = '']) => [
    Buffer.from(`${JSON.stringify(step)}\n`),
    Buffer.from(content),
  ])
  return Buffer.concat(parts)
}

const jsonLines = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown)

export function makePersistServer(base: string): PersistServer {
  const data = join(base, 'data/persist')
  const volume = join(base, 'data/storage/v')
  const helper = join(base, 'helper.cjs')
  for (const path of [data, volume, join(base, 'bin')]) mkdirSync(path, { recursive: true })
  copyFileSync(`dist/dokku-persist-${version}/helper.cjs`, helper)
  writeFileSync(join(base, 'root'), `${data}\n0\n`)
  const sudo = join(base, 'bin/sudo')
  writeFileSync(sudo, `#!/bin/sh\nshift 2; exec '${process.execPath}' '${helper}' "$@"\n`)
  chmodSync(sudo, 0o755)
  const platform = { kind: 'local', plugin: PLUGIN, root: data, hostRoot: data } as const
  const run: PersistServer['run'] = (args, input, before = []) => {
    const [program = '', ...rest] = [...before, process.execPath, helper, ...args]
    return spawnSync(program, rest, { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
  }
  const lines = (args: readonly string[], input: string | Buffer) => {
    const { status, stdout, stderr } = run(args, input)
    if (status !== 0) throw new Error(`${stderr}${stdout}`)
    return jsonLines(stdout)
  }
  return {
    host: { platform, runner: makeRunner(false) },
    volume,
    data,
    helper,
    run,
    state(paths, largest = 1e9) {
      const questions = paths.map((path) => `${largest} ${path}\0`).join('')
      return lines(['state', 'v'], Buffer.from(questions, 'latin1')) as (State | null)[]
    },
    merge: (steps) => lines(['merge', 'v'], mergeInput(steps)) as (string | null)[],
  }
}
