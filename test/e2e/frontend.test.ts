import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { REAL, canServe } from './harness'

const IMAGE = 'docker/dockerfile:1-labs'
const MISSING = [
  ` !     Dockerfile builds will not use the shared caches until the image ${IMAGE} is available`,
  ` !     To fix: docker pull ${IMAGE} && dokku shared-cache:setup`,
]

// These tests replace the docker client of the server.
describe.skipIf(!canServe || REAL !== '')('setup and the Dockerfile frontend (needs root)', () => {
  let server: Awaited<ReturnType<typeof makeDoubleServer>>
  const setup = (...words: string[]) => server.dokku('shared-cache:setup', ...words)

  beforeAll(async () => {
    server = await makeDoubleServer()
    await server.installPlugin()
    await server.shell('mkdir /etc/cdi')
    server.program(
      'docker',
      'echo "$*" >>/etc/docker-calls; echo "no route to registry" >&2; exit 1',
    )
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  test('the plan names the specification, the image and the container', async () => {
    const { stdout } = await setup('--dry-run')
    expect(stdout).toContain('cdi        write /etc/cdi/dokku-shared-cache.json')
    expect(stdout).toContain(`image      pull ${IMAGE}`)
    expect(stdout).toContain('container  create shared-cache-frontend, never started')
    expect(await server.shell('ls /etc/cdi; cat /etc/docker-calls 2>/dev/null || true')).toBe('')
  })

  test('setup ends with the image that could not be pulled', async () => {
    const { exit, stderr } = await setup()
    expect(exit).toBe(0)
    expect(stderr).toContain(`The image ${IMAGE} was not fetched: no route to registry`)
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual(MISSING)
    expect(await server.shell('cat /etc/docker-calls')).not.toContain('container')
  })

  test('the next run reports it again, and that nothing else changes', async () => {
    const { stdout, stderr } = await setup()
    expect(stdout).toContain('Everything else is set up: nothing to change')
    expect(stderr.trimEnd().split('\n').slice(-2)).toEqual(MISSING)
  })

  test('JSON has the steps, and why builds do not use the caches', async () => {
    const { stdout } = await setup('--format', 'json')
    const document = JSON.parse(stdout) as object
    expect(document).toMatchObject({
      changed: false,
      host: [{ kind: 'image', image: IMAGE }, { kind: 'container' }],
      builds: { command: `docker pull ${IMAGE} && dokku shared-cache:setup` },
    })
  })

  test('a run that only creates the container does not say that nothing changes', async () => {
    await server.makeImage(IMAGE, {})
    server.program('docker', 'echo "$*" >>/etc/docker-calls')
    const { exit, stdout, stderr } = await setup()
    expect({ exit, stderr: stderr.replace(/^ ! {5}ACLs.*\n/m, '') }).toEqual({
      exit: 0,
      stderr: '',
    })
    expect(stdout).toContain('container  create shared-cache-frontend')
    expect(stdout).not.toContain('nothing to change')
    expect(await server.shell('cat /etc/docker-calls')).toContain(
      'container create --name shared-cache-frontend',
    )
  })
})
