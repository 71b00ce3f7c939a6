import { join } from 'node:path'
import { compare, run } from './measure.mjs'
import { fillNpmCache } from './npm-cache.mjs'

const FILES = 200_000

/** What a report costs. To reach: 1.4 times `du -s`, below 150 MB. */
export async function walk(/** @type {import('./main.mjs').Context} */ { bundle, folder }) {
  const root = join(folder, 'walk')
  const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
  await run([process.execPath, bundle, 'setup'], env)
  fillNpmCache(join(root, 'npm'), FILES)
  let peak = 0
  const report = async () => {
    const used = await run(
      [process.execPath, bundle, 'report', '--global', '--format', 'json'],
      env,
    )
    peak = Math.max(peak, used)
  }
  await compare(`walk of ${FILES} files`, 7, [
    { name: 'du -s', run: () => run(['du', '-s', root]) },
    { name: 'shared-cache report --global', run: report },
  ])
  console.log(`       at most ${(peak / 1e6).toFixed(0)} MB of memory`)
}
