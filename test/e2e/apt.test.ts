import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { REAL, canServe } from './harness'

type DoubleServer = Awaited<ReturnType<typeof makeDoubleServer>>

const APP = 'e2e-apt'
const FILE = 'FROM debian:12\nRUN apt-get update && apt-get install -y curl\n'
let server: DoubleServer

/** The Dockerfile as it is built, and the line of the log. */
async function build(dockerfile: string) {
  const text = Buffer.from(dockerfile).toString('base64')
  const folder = (await server.shell('mktemp -d')).trim()
  await server.shell(`cd ${folder}; echo ${text} | base64 -d >Dockerfile; chmod 777 .`)
  const { stdout } = await server.trigger('pre-build', 'dockerfile', APP, folder)
  return { log: stdout.trim(), built: await server.shell(`cat ${folder}/Dockerfile`) }
}

// This changes files outside the plugin, which a real server has to keep.
describe.skipIf(!canServe || REAL !== '')('apt (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    await server.installPlugin()
    await server.makeImage('docker/dockerfile:1-labs', {})
    await server.shell('mkdir /etc/cdi')
    await server.dokku('shared-cache:setup')
    await server.dokku('apps:create', APP)
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  test('a step gets nothing until it is switched on', async () => {
    expect(await build(FILE)).toEqual({ log: '', built: FILE })
    expect(await server.shell(`ls ${server.root}`)).not.toContain('apt')
  })

  test('one command switches it on: only root can write its script', async () => {
    const set = ['shared-cache:set', '--global', 'caches', 'default,apt']
    expect(await server.dokku(...set)).toMatchObject({ exit: 0 })
    const programs = `${server.root}/apt-program`
    expect(await server.shell(`cd ${programs}; stat -c '%n %U %a' . *`)).toBe(
      '. root 755\napt.conf root 644\nhttp root 755\nhttps root 755\n',
    )
    expect(await server.shell(`stat -c '%U %a' ${server.root}/apt`)).toBe('root 777\n')
  })

  test('a step gets the device of its base image, with a directory of its own', async () => {
    const { log, built } = await build(FILE)
    expect(log).toBe('-----> Shared caches: apt (line 2)')
    const [, key = ''] =
      /--device=dokku\.com\/shared-cache=apt-([0-9a-f]{16}) apt-get/.exec(built) ?? []
    const text = await server.shell('cat /etc/cdi/dokku-shared-cache.json')
    const { devices } = JSON.parse(text) as {
      devices: { name: string; containerEdits: { env: string[] } }[]
    }
    const device = devices.find(({ name }) => name === `apt-${key}`)
    expect(device?.containerEdits.env).toEqual([
      'APT_CONFIG=/run/shared-cache/apt-program/apt.conf',
      `SHARED_CACHE_APT=/run/shared-cache/apt/base-${key}`,
    ])
    expect(await server.shell(`stat -c %a ${server.root}/apt/base-${key}`)).toBe('777\n')
  })

  test('running containers get nothing of it', async () => {
    expect(await server.env(APP)).not.toHaveProperty('APT_CONFIG')
    expect(JSON.stringify(await server.mounts(APP))).not.toContain('apt')
  })

  test.each(['http', 'apt.conf'])(
    'without %s no step gets it, and setup writes it again',
    async (name) => {
      const path = `${server.root}/apt-program/${name}`
      await server.shell(`rm ${path}`)
      const { log, built } = await build(FILE)
      expect(log).toContain(`not used in this build: ${path} is missing`)
      expect(built).toBe(FILE)
      expect(await server.dokku('shared-cache:setup')).toMatchObject({ exit: 0 })
      expect((await build(FILE)).log).toBe('-----> Shared caches: apt (line 2)')
    },
  )

  test('it is verified, reported and pruned like the others', async () => {
    const digest = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'
    const folder = `${server.root}/apt/debian-12-amd64-glibc`
    await server.shell(`mkdir ${folder}; printf foo >${folder}/${digest}`)
    const verify = ['shared-cache:verify', '--cache', 'apt']
    expect((await server.dokku(...verify)).stdout).toContain('apt: 1 verified')
    await server.shell(`printf bar >${folder}/${digest}`)
    const { exit, stdout } = await server.dokku(...verify)
    expect(exit).not.toBe(0)
    expect(stdout).toContain(`${digest}: its sha256 does not match its name`)
    expect((await server.dokku('shared-cache:report', '--global')).stdout).toMatch(/^ +apt +\S+/m)
    const prune = ['shared-cache:prune', '--cache', 'apt', '--max-size', '0', '--force']
    expect(await server.dokku(...prune)).toMatchObject({ exit: 0 })
    expect(await server.shell(`ls ${folder}`)).toBe('')
  })
})
