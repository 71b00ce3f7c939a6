import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { $ } from 'zx'
import { compare } from '../measure.mjs'

const APP = 'persist-bench'
const library = process.env['DOKKU_LIB_ROOT'] ?? '/var/lib/dokku'
const quiet = $({ quiet: true, stdio: ['ignore', 'pipe', 'pipe'] })

/** What people do by hand: an entry and a mount for each directory. */
async function byHand(/** @type {readonly string[]} */ names) {
  for (const name of names) {
    await quiet`dokku storage:create bench-hand-${name}`
    await quiet`dokku storage:mount ${APP} bench-hand-${name} --container-dir /hand/${name}`
  }
}

async function add(/** @type {readonly string[]} */ names) {
  for (const name of names) await quiet`dokku persist:add ${APP} /own/${name} --name ${name}`
}

/** Takes everything away again, whoever made it. */
async function clear(/** @type {readonly string[]} */ names) {
  for (const name of names) {
    await quiet`dokku persist:remove ${APP} ${name} --destroy-data --force`.nothrow()
    const mount = ['--container-dir', `/hand/${name}`]
    await quiet`dokku storage:unmount ${APP} bench-hand-${name} ${mount}`.nothrow()
    await quiet`dokku storage:destroy bench-hand-${name} --force --destroy-host-dir`.nothrow()
  }
}

/** Volumes beside a loop over storage:create and storage:mount, which makes less: no owner, no files. */
export async function persistVolumes(/** @type {import('../main.mjs').Context} */ { words }) {
  const count = Number(words[0] ?? 100)
  if (!existsSync(join(library, 'plugins/enabled/persist'))) {
    throw new Error('This benchmark needs a server with Dokku and the plugin persist')
  }
  const names = Array.from({ length: count }, (_, index) => `v${index + 1}`)
  try {
    await quiet`dokku apps:create ${APP}`.nothrow()
    await compare(`${count} volumes added to an app that was never deployed`, 1, [
      { name: 'storage:create and storage:mount', run: () => byHand(names) },
      { name: 'persist:add', run: () => add(names) },
    ])
    await compare(`${count} volumes listed`, 5, [
      { name: 'storage:list', run: () => quiet`dokku storage:list ${APP}` },
      { name: 'persist:list', run: () => quiet`dokku persist:list ${APP}` },
      { name: 'persist:report', run: () => quiet`dokku persist:report ${APP}` },
    ])
  } finally {
    await clear(names)
    await quiet`dokku --force apps:destroy ${APP}`.nothrow()
  }
}
