// The plugins of this repository, and the files that each is made of.
import { cp, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** Names of the plugins: a folder in `plugin` and in `src` each. */
export const PLUGINS = /** @type {const} */ (['shared-cache', 'persist'])

const folder = fileURLToPath(new URL('../plugin', import.meta.url))

/**
 * Copies the scripts of a plugin into a folder: those that all plugins share, then its own. Throws
 * where both have a file of the same name.
 * @param {string} plugin
 * @param {string} to
 */
export async function copyScripts(plugin, to) {
  const [shared, own] = await Promise.all([
    readdir(`${folder}/common`),
    readdir(`${folder}/${plugin}`),
  ])
  const both = shared.find((name) => own.includes(name))
  if (both) throw new Error(`plugin/common and plugin/${plugin} both have a file ${both}`)
  await cp(`${folder}/common`, to, { recursive: true })
  await cp(`${folder}/${plugin}`, to, { recursive: true })
}
