import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hasTime } from '../support/needs'
import { runBundle } from '../support/bundle'
import { makeDoubleServer } from './double-server'
import { envOf, mountsOf } from './expected'
import { type Answer, type Server, canServe } from './harness'

/** Two commands at once. Only the double can hold a command at a given point. */

let server: Server
const app = 'e2e-at-once'
const other = 'e2e-at-once-too'
const complete = { mounts: mountsOf('neutral'), env: { ...envOf('neutral'), OWN: 'kept' } }
const nothing = { mounts: [], env: { OWN: 'kept' } }

async function state(name = app) {
  return { mounts: await server.mounts(name), env: await server.env(name) }
}

const run = (line: string) => {
  const [verb = '', ...words] = line.split(' ')
  return server.dokku(`shared-cache:${verb}`, ...words)
}
const succeeds = async (line: string) => expect(await run(line)).toMatchObject({ exit: 0 })

/** Every answer of commands that ran at once: a failure would show its message. */
function allWell(
  answers: readonly { readonly exit: number | undefined; readonly stderr: string }[],
): void {
  for (const { exit, stderr } of answers) {
    expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' })
  }
}

const property = async (name: string, key: string) =>
  (
    await server.shell(`cat ${server.lib}/config/shared-cache/${name}/${key} 2>/dev/null || true`)
  ).trim()

/** What `setup` would still change after the commands: nothing where none is half done. */
async function isSettled(): Promise<void> {
  const { stdout } = await run('setup --dry-run --format json')
  expect(JSON.parse(stdout)).toMatchObject({ changed: false, failed: [] })
}

describe.skipIf(!canServe || !hasTime)('two commands at once (needs root) (needs time)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    for (const name of [app, other]) {
      await server.dokku('apps:create', name)
      await server.dokku('config:set', '--no-restart', name, 'OWN=kept')
    }
    await server.installPlugin()
    await succeeds('setup')
  })
  afterAll(() => server.destroy())
  beforeEach(() => succeeds(`enable ${app} ${other}`))
  afterEach(isSettled)

  /**
   * Runs commands one after the other while the app is locked, so that each has made its plan before the
   * first one may change anything; `written` says whether a command has got that far.
   */
  async function behindLock(commands: readonly (readonly [string, () => Promise<boolean>])[]) {
    const home = `${server.lib.replace(/\/var\/lib\/dokku$/, '')}/home/dokku`
    await server.shell(`rm -f ${server.lib}/go`)
    const held = server.shell(
      `flock ${home}/${app} sh -c 'touch ${server.lib}/held; until [ -e ${server.lib}/go ]; do sleep 0.1; done'`,
    )
    await server.shell(`until [ -e ${server.lib}/held ]; do sleep 0.1; done; rm ${server.lib}/held`)
    const running: Promise<Answer>[] = []
    for (const [line, written] of commands) {
      running.push(run(line))
      while (!(await written())) await new Promise((resolve) => setTimeout(resolve, 50))
      await new Promise((resolve) => setTimeout(resolve, 3000))
    }
    await server.shell(`touch ${server.lib}/go`)
    await held
    allWell(await Promise.all(running))
  }

  const isOff = async () => (await property(app, 'enabled')) === 'false'
  const isOn = async () => !(await isOff())

  test('enable, then disable, behind one lock: the app is excluded', async () => {
    await succeeds(`disable ${app}`)
    await behindLock([
      [`enable ${app}`, isOn],
      [`disable ${app}`, isOff],
    ])
    expect(await state()).toEqual(nothing)
  })

  test('disable, then enable, behind one lock: the app has its caches', async () => {
    await behindLock([
      [`disable ${app}`, isOff],
      [`enable ${app}`, isOn],
    ])
    expect(await state()).toEqual(complete)
  })

  test.each([
    ['for an app', app],
    ['for all apps', '--global'],
  ])('set, then set again, %s, behind one lock: the second value holds', async (_, target) => {
    const is = (value: string) => async () => (await property(target, 'caches')) === value
    const now = { mounts: mountsOf('neutral', ['pip', 'npm']).length }
    await succeeds(`set ${target} caches pip,npm`)
    await behindLock([
      [`set ${target} caches pip`, is('pip')],
      [`set ${target} caches pip,npm`, is('pip,npm')],
    ])
    expect({ mounts: (await server.mounts(app)).length }).toEqual(now)
    await succeeds(`set ${target} caches`)
  })

  test('enable and disable: one of both, and the property says which', async () => {
    for (let round = 0; round < 4; round += 1) {
      allWell(await Promise.all([run(`enable ${app}`), run(`disable ${app}`)]))
      expect(await state()).toEqual((await isOff()) ? nothing : complete)
      await isSettled()
    }
  })

  test('two first setups: each app has everything', async () => {
    await succeeds(`disable ${app} ${other}`)
    await server.shell(`
      rm -rf ${server.lib}/config/shared-cache
      rm -f ${server.lib}/data/storage-registry/entries/shared-cache-*`)
    allWell(await Promise.all([run('setup'), run(`setup ${other}`), run('setup')]))
    for (const name of [app, other]) expect(await state(name)).toEqual(complete)
  })

  test('setup and prune: everything is set up, and the caches are empty', async () => {
    await server.shell(`
      cd ${server.root}/npm; mkdir -p _cacache/content-v2/sha512/aa/bb
      cd _cacache/content-v2/sha512/aa/bb; seq 3000 | xargs touch -d '2001-01-01'`)
    await succeeds(`disable ${app}`)
    allWell(
      await Promise.all([
        run(`enable ${app}`),
        run('prune --cache npm --older-than 1d --force'),
        run('setup'),
        run('prune --cache npm --older-than 1d --force'),
      ]),
    )
    expect(await state()).toEqual(complete)
    const left = await server.shell(`find ${server.root}/npm/_cacache/content-v2 -type f | wc -l`)
    expect(left.trim()).toBe('0')
  })

  test('set and set of the schedule: the crontab has the one that is stored', async () => {
    const home = server.lib.replace(/\/var\/lib\/dokku$/, '')
    // Dokku reads the tasks, and needs longer than another command to write the first of them.
    await server.shell(`
      mkdir -p ${home}/bin/real && mv ${home}/bin/plugn ${home}/bin/real
      cat > ${home}/bin/plugn <<'END'
#!/bin/sh
[ "$2" = scheduler-cron-write ] || exec ${home}/bin/real/plugn "$@"
tasks="$(${home}/bin/real/plugn trigger cron-entries docker-local)"
case "$tasks" in "0 1 "*) touch ${home}/slow; sleep 6;; esac
echo "$tasks" > ${home}/crontab
END
      chmod +x ${home}/bin/plugn`)
    const first = run('set --global schedule 0 1 * * *')
    await server.shell(`until [ -e ${home}/slow ]; do sleep 0.1; done`)
    allWell(await Promise.all([first, run('set --global schedule 0 2 * * *')]))
    expect(await property('--global', 'schedule')).toBe('0 2 * * *')
    expect(await server.shell(`cat ${home}/crontab`)).toMatch(/^0 2 \* \* \*;/)
    await server.shell(`mv ${home}/bin/real/plugn ${home}/bin/plugn`)
  })
})

test('prunes of one cache at once: all succeed, and the cache is empty', async () => {
  const root = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  const directory = join(root, 'npm/_cacache/content-v2/sha512/aa/bb')
  const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root, DOCKER_HOST: 'unix:///none' }
  const words = ['prune', '--cache', 'npm', '--older-than', '0d', '--force']
  for (let round = 0; round < 4; round += 1) {
    mkdirSync(directory, { recursive: true })
    for (let index = 0; index < 500; index++)
      writeFileSync(join(directory, index.toString(16).padStart(124, '0')), '')
    allWell(await Promise.all([1, 2, 3].map(() => runBundle(words, env))))
    expect(readdirSync(directory)).toEqual([])
  }
  rmSync(root, { recursive: true })
})
