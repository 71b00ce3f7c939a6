import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setTimeout as wait } from 'node:timers/promises'
import { makeDoubleServer } from './double-server'
import { hasTime } from '../support/needs'
import { canServe, REAL } from './harness'

let server: Awaited<ReturnType<typeof makeDoubleServer>>
const adopt = (...words: string[]) => server.dokku('persist:adopt', ...words)
const home = () => server.lib.replace(/\/var\/lib\/dokku$/, '')
const storage = () => `${server.lib}/data/storage`
const mounts = async (app: string) =>
  (await server.mounts(app)).map(({ host, container }) => `${host}:${container}`)
const volume = async (entry: string) =>
  JSON.parse(await server.shell(`cat ${server.lib}/data/persist/volumes/${entry}.json`)) as Record<
    string,
    unknown
  >

async function isRunning(app: string): Promise<boolean> {
  const text = await server.shell(`cat ${home()}/engine.json`)
  const { containers } = JSON.parse(text) as {
    containers: Record<string, { name: string; running: boolean }>
  }
  return Object.values(containers).some(({ name, running }) => name === `${app}.web.1` && running)
}

/** A deployed app with a directory of the host and a storage entry, mounted by hand. */
async function makeApp(app: string): Promise<void> {
  await server.shell(`
    mkdir -p ${home()}/srv/${app}/sub
    cd ${home()}/srv/${app}
    echo text >sub/f
    ln -s /etc/passwd link
    chown 1234:1234 sub/f
    touch -d '2001-02-03 04:05:06.789' sub/f`)
  for (const words of [
    ['apps:create', app],
    ['storage:mount', app, `${home()}/srv/${app}:/data`],
    ['storage:create', `${app}-own`],
    ['storage:mount', app, `${app}-own`, '--container-dir', '/own'],
  ]) {
    expect(await server.dokku(...words)).toMatchObject({ exit: 0 })
  }
  await server.shell(`echo own >${storage()}/${app}-own/f`)
  expect(await server.deploy(app, 'shop:1')).toMatchObject({ exit: 0 })
}

/** Everything that a copy keeps, a line for each file. */
const tree = (path: string) =>
  server.shell(`cd ${path}; find . -printf '%p %y %u %g %m %T@ %s %l\\n' | sort; cat sub/f`)

async function expectAdopted(app: string): Promise<void> {
  expect(await mounts(app)).toEqual([`${app}-data:/data`, `${app}-own-2:/own`])
  expect(await tree(`${storage()}/${app}-data`)).toBe(await tree(`${home()}/srv/${app}`))
  expect(await server.shell(`cat ${storage()}/${app}-own-2/f`)).toBe('own\n')
  expect(await server.shell(`cat ${storage()}/${app}-own/f`)).toBe('own\n')
  expect(await server.shell(`ls -A ${storage()} | grep '^[.]' || true`)).toBe('')
  expect(await isRunning(app)).toBe(true)
  expect((await server.container(app)).mounts.map(({ host }) => host)).toEqual([
    `${app}-data`,
    `${app}-own-2`,
  ])
}

describe.skipIf(!canServe || REAL !== '')('mounts that are taken over (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    server.program('docker', 'exit 0')
    expect(await server.installPersist()).toMatchObject({ exit: 0, stderr: '' })
    await server.makeImage('shop:1', { files: ['/app/index.html'] })
  }, 300_000)
  afterAll(() => server.destroy(), 300_000)

  test('an app that does not exist is refused', async () => {
    expect(await adopt('e2e-none', '--force')).toMatchObject({
      exit: 20,
      stderr: ' !     App e2e-none does not exist\n',
    })
  })

  test('a dry run shows the plan, and changes nothing', async () => {
    await makeApp('e2e-dry')
    const before = [await mounts('e2e-dry'), await server.shell(`find ${server.lib}/data | sort`)]
    const { exit, stdout, stderr } = await adopt('e2e-dry', '--dry-run')
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain(`/data: from ${home()}/srv/e2e-dry (`)
    expect(stdout).toContain('/own: from')
    const after = [await mounts('e2e-dry'), await server.shell(`find ${server.lib}/data | sort`)]
    expect(after).toEqual(before)
  })

  test('nothing happens without the name of the app', async () => {
    const before = await mounts('e2e-dry')
    const { exit, stderr } = await adopt('e2e-dry')
    expect(exit).toBe(1)
    expect(stderr).toContain('Confirmation did not match e2e-dry. Aborted.')
    expect(await mounts('e2e-dry')).toEqual(before)
    expect(await isRunning('e2e-dry')).toBe(true)
  })

  test('a path at which nothing is mounted is refused', async () => {
    const { exit, stderr } = await adopt('e2e-dry', '/none', '--force')
    expect(exit).toBe(1)
    expect(stderr).toContain('Nothing is mounted at /none in e2e-dry')
  })

  test('directories become volumes, with one restart, and the old data stays', async () => {
    await makeApp('e2e-app')
    const { exit, stdout } = await adopt('e2e-app', '--force')
    expect(exit).toBe(0)
    expect(stdout).toContain(`To delete it: rm -rf ${home()}/srv/e2e-app`)
    await expectAdopted('e2e-app')
    expect(await volume('e2e-app-data')).toMatchObject({ filled: true, path: '/data' })
    expect(await adopt('e2e-app', '--force')).toMatchObject({ exit: 0 })
    await expectAdopted('e2e-app')
  })

  test('only what is named is taken over', async () => {
    await makeApp('e2e-one')
    expect(await adopt('e2e-one', '/data', '--force')).toMatchObject({ exit: 0 })
    expect(await mounts('e2e-one')).toEqual(['e2e-one-data:/data', `${storage()}/e2e-one-own:/own`])
  })

  test('an app that does not run stays stopped', async () => {
    await makeApp('e2e-off')
    await server.dokku('ps:stop', 'e2e-off')
    expect(await adopt('e2e-off', '--force')).toMatchObject({ exit: 0 })
    expect(await isRunning('e2e-off')).toBe(false)
    expect(await mounts('e2e-off')).toEqual(['e2e-off-data:/data', 'e2e-off-own-2:/own'])
  })

  test('a directory that another app mounts too is left alone', async () => {
    await makeApp('e2e-both')
    await server.dokku('storage:mount', 'e2e-off', `${home()}/srv/e2e-both/sub:/x`)
    const { stdout } = await adopt('e2e-both', '--force')
    expect(stdout).toContain('the app e2e-off uses the same files, and would keep the old ones')
    expect(await mounts('e2e-both')).toContain(`${home()}/srv/e2e-both:/data`)
  })

  test.skipIf(!hasTime)(
    'after a kill at any step the app runs again, and the next run completes it (needs time)',
    async () => {
      for (let changes = 1; ; changes += 1) {
        const app = `e2e-k${changes}`
        await makeApp(app)
        const words = ['persist:adopt', app, '--force']
        const ended = await server.signalAfter(changes, 'SIGKILL', 'group', ...words)
        for (let tries = 0; !(await isRunning(app)) && tries < 100; tries += 1) await wait(200)
        expect(await isRunning(app), `after a kill at change ${changes}`).toBe(true)
        const { exit, stderr } = await adopt(app, '--force')
        expect({ changes, exit, stderr: exit === 0 ? '' : stderr }).toEqual({
          changes,
          exit: 0,
          stderr: '',
        })
        await expectAdopted(app)
        if (ended === 0) {
          expect(changes).toBeGreaterThan(8)
          return
        }
      }
    },
  )
})
