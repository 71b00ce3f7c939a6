import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { compare, run } from './measure.mjs'
import { fillNpmCache } from './npm-cache.mjs'

const FILES = 20_000

/** What taking everything out of a cache costs, beside the plainest way to delete files. */
export async function prune(/** @type {import('./main.mjs').Context} */ { bundle, folder }) {
  const root = join(folder, 'prune')
  const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
  const fill = async () => {
    rmSync(root, { recursive: true, force: true })
    await run([process.execPath, bundle, 'setup'], env)
    fillNpmCache(join(root, 'npm'), FILES)
  }
  const words = ['prune', '--cache', 'npm', '--max-size', '0', '--force']
  await compare(`prune of ${FILES} files`, 5, [
    {
      name: 'find -type f -delete',
      before: fill,
      run: () => run(['find', join(root, 'npm'), '-type', 'f', '-delete']),
    },
    {
      name: 'shared-cache prune --cache npm --max-size 0',
      before: fill,
      run: () => run([process.execPath, bundle, ...words], env),
    },
  ])
}
