import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { compare, run } from './measure.mjs'

const PREFIX = 'shared-cache-bench-'
const library = process.env['DOKKU_LIB_ROOT'] ?? '/var/lib/dokku'
const quiet = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })

/**
 * The mounts and variables that setup gave an app.
 * @param {string} app
 * @returns {Promise<{ mounts: string[], variables: string[] }>}
 */
async function givenTo(app) {
  const { stdout } = await quiet`dokku shared-cache:report ${app} --format json`
  const report = JSON.parse(stdout)
  const words = (/** @type {string} */ text) => text.split(' ').filter(Boolean)
  return { mounts: words(report['given-mounts']), variables: words(report['given-variables']) }
}

/** What people do by hand: a mount at a time, then the variables, app after app. */
async function loop(
  /** @type {readonly string[]} */ apps,
  /** @type {Awaited<ReturnType<typeof givenTo>>} */ { mounts, variables },
) {
  for (const app of apps) {
    // A second run says of each mount that it is there already, and goes on.
    for (const mount of mounts) await quiet`dokku storage:mount ${app} ${mount}`.nothrow()
    await quiet`dokku config:set --no-restart ${app} ${variables}`
  }
}

/** Takes everything away again, whoever gave it. */
async function clear(
  /** @type {readonly string[]} */ apps,
  /** @type {Awaited<ReturnType<typeof givenTo>>} */ { mounts, variables },
) {
  await quiet`dokku shared-cache:disable ${apps}`.nothrow()
  for (const app of apps) {
    // Written past the plugin: `set` would give everything back at once.
    rmSync(join(library, 'config/shared-cache', app, 'enabled'), { force: true })
    for (const mount of mounts) await quiet`dokku storage:unmount ${app} ${mount}`.nothrow()
    const names = variables.map((variable) => variable.split('=')[0] ?? '')
    await quiet`dokku config:unset --no-restart ${app} ${names}`.nothrow()
  }
}

/** Setup beside the loop. To reach: 3 times as fast, and 25 times when all is there already. */
export async function setup(/** @type {import('./main.mjs').Context} */ { words }) {
  const count = Number(words[0] ?? 50)
  if (!existsSync(join(library, 'plugins/enabled/shared-cache'))) {
    throw new Error('This benchmark needs a server with Dokku and this plugin')
  }
  const apps = Array.from({ length: count }, (_, index) => `${PREFIX}${index + 1}`)
  try {
    for (const app of apps) await quiet`dokku apps:create ${app}`.nothrow()
    await quiet`dokku shared-cache:setup ${apps}`
    const given = await givenTo(apps[0] ?? '')
    const product = () => run(['dokku', 'shared-cache:setup', ...apps])
    await compare(`setup of ${count} apps`, 3, [
      { name: 'the loop', before: () => clear(apps, given), run: () => loop(apps, given) },
      { name: 'shared-cache:setup', before: () => clear(apps, given), run: product },
    ])
    await compare(`setup of ${count} apps again`, 3, [
      { name: 'the loop', run: () => loop(apps, given) },
      { name: 'shared-cache:setup', run: product },
    ])
  } finally {
    for (const app of apps) await quiet`dokku --force apps:destroy ${app}`.nothrow()
  }
}
