import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectBase } from '../../../../src/shared-cache/dockerfile/host/stage-bases'
import { makeRunner } from '../../../../src/foundation/process/runner'
import { buildClient, throwAwayEngine } from '../../../support/throw-away-engine'

const client = buildClient()
const throwAway = await throwAwayEngine()
const host = throwAway?.host ?? ''
const folder = mkdtempSync(join(tmpdir(), 'stage-bases-'))
const file = join(folder, 'docker')

/** Imports an image that a script fills. */
function image(name: string, script: string): void {
  const argv = `set -e; cd "$(mktemp -d)"; ${script}; tar -c . | docker import - ${name} >/dev/null`
  execFileSync('bash', ['-c', argv], { env: { ...process.env, DOCKER_HOST: host } })
}

const look = (reference: string, platform = '') =>
  inspectBase(makeRunner(false), file, null, { reference, platform })

const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch
const LINK = 'mkdir -p etc usr/lib; ln -s ../usr/lib/os-release etc/os-release'
const DEBIAN = 'echo \'ID=debian\nVERSION_ID="12"\' >usr/lib/os-release'
const ALPINE = "echo 'ID=alpine\nVERSION_ID=3.22.1' >usr/lib/os-release"

// Needs an Engine, and a client that builds with BuildKit.
describe.skipIf(!throwAway)('the system of a base, asked of a real Engine (needs Docker)', () => {
  beforeAll(() => {
    const build = `exec ${client?.file ?? ''} ${client?.build.join(' ') ?? ''} "$@"`
    const env = `export DOCKER_HOST=${host} DOCKER_BUILDKIT=1`
    writeFileSync(file, `#!/bin/sh\n${env}\nshift 2\n${build}\n`, { mode: 0o755 })
  })
  afterAll(async () => {
    await throwAway?.stop()
    rmSync(folder, { recursive: true })
  }, 60_000)

  test.each([
    ['os-release behind a link', `${LINK}; ${DEBIAN}`, 'debian-12', 'glibc'],
    ['musl', `${LINK}; ${ALPINE}; mkdir lib; touch lib/ld-musl-x.so.1`, 'alpine-3.22', 'musl'],
    [
      'musl behind a link',
      `${LINK}; ${ALPINE}; ln -s usr/lib lib; touch lib/ld-musl-x.so.1`,
      'alpine-3.22',
      'musl',
    ],
  ])(
    '%s',
    async (name, script, system, libc) => {
      const reference = `shared-cache-test/${name.replaceAll(' ', '-')}`
      image(reference, script)
      expect(await look(reference)).toBe(`${system}-${ARCHITECTURE}-${libc}`)
      const platform = `linux/${ARCHITECTURE}`
      expect(await look(reference, platform)).toBe(`${system}-${ARCHITECTURE}-${libc}`)
    },
    60_000,
  )

  test('none in an image that does not say', async () => {
    image('shared-cache-test/silent', 'touch it')
    expect(await look('shared-cache-test/silent')).toBe('')
  }, 60_000)

  test('of an image that is not there is one clear line', async () => {
    await expect(look('127.0.0.1:9/none')).rejects.toMatchObject({ name: 'KnownError' })
  }, 60_000)
})
