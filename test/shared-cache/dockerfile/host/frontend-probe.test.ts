import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EngineState } from '../../../../src/shared-cache/devices/host/engine'
import { probeFrontends } from '../../../../src/shared-cache/dockerfile/host/frontend-probe'
import type { Server } from '../../../../src/shared-cache/apps/host/server'
import { makeRunner } from '../../../../src/foundation/process/runner'

let base: string
let server: Server
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'probe-'))
  const values = new Map<string, string>()
  const properties = {
    get: (_: string, key: string) => values.get(key),
    set: (_: string, key: string, value: string) => {
      values.set(key, value)
      return Promise.resolve()
    },
  }
  server = { runner: makeRunner(false), dokku: { properties } } as unknown as Server
})
afterEach(() => rmSync(base, { recursive: true }))

const REFUSES =
  'ERROR: device feature is only supported in Dockerfile frontend 1.14.0-labs or later'

/** A docker whose builds come out like this: with the Engine's own frontend, and with an image's. */
function docker(builtin: string, image: string): NodeJS.ProcessEnv {
  const file = join(base, 'docker')
  const script = `cat >${base}/read; echo "$@" >>${base}/calls; case "$*" in *SYNTAX*) ${image};; *) ${builtin};; esac`
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return { DOCKER_BIN: file }
}

const look = (version: string, image: string) =>
  ({ info: { ServerVersion: version }, image }) as EngineState
const no = `echo '${REFUSES}' >&2; exit 1`
const old = `echo 'unknown flag: --call' >&2; exit 125`

describe('whether a frontend takes devices', () => {
  test.each<[string, string, string, string, string, boolean, boolean]>([
    ["the labs image's alone", no, 'exit 0', 'docker/dockerfile:1-labs', 'sha256:1', false, true],
    ['both', 'exit 0', 'exit 0', 'docker/dockerfile:1', 'sha256:1', true, true],
    ['none', no, no, 'docker/dockerfile:1', 'sha256:1', false, false],
    ['one that is missing is not fetched', no, 'exit 0', 'x/y:1-labs', '', false, false],
    ['a client that cannot ask: by its name', old, old, 'x/y:1-labs', 'sha256:1', false, true],
    ['a client that cannot ask: not by another', old, old, 'x/y:1', 'sha256:1', false, false],
  ])('%s', async (_, ownWay, imageWay, frontend, image, builtin, known) => {
    const env = docker(ownWay, imageWay)
    const seen = await probeFrontends(server, env, look('29.0.0', image), frontend)
    expect(seen).toMatchObject({ builtin, known })
    expect(readFileSync(join(base, 'read'), 'utf8')).toContain('RUN --device=')
  })

  test('is asked once for each Engine and image', async () => {
    const env = docker('exit 0', 'exit 0')
    for (const [version, image] of [
      ['29.0', 'a'],
      ['29.0', 'a'],
      ['29.0', 'b'],
      ['29.1', 'b'],
    ] as const) {
      await probeFrontends(server, env, look(version, image), 'x/y:1')
    }
    expect(readFileSync(join(base, 'calls'), 'utf8').trim().split('\n')).toHaveLength(6)
  })
})
