import { join } from 'node:path'
import { compare, run } from './measure.mjs'
import { fillNpmCache } from './npm-cache.mjs'

const FILES = 50_000

/**
 * What verifying costs, on one core and on all. To reach on one: the time of `sha512sum` divided by
 * 0.7, below 150 MB.
 */
export async function verify(/** @type {import('./main.mjs').Context} */ { bundle, folder }) {
  const root = join(folder, 'verify')
  const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
  const npm = join(root, 'npm')
  await run([process.execPath, bundle, 'setup'], env)
  fillNpmCache(npm, FILES, 20_000)
  const sums = `find '${npm}/_cacache' -type f -print0 | xargs -0 sha512sum`
  const words = [process.execPath, bundle, 'verify', '--cache', 'npm']
  let peak = 0
  const measured = async (/** @type {readonly string[]} */ command) => {
    peak = Math.max(peak, await run(command, env))
  }
  await compare(`verify of ${FILES} files of 20 kB`, 5, [
    { name: 'sha512sum on one core', run: () => run(['taskset', '-c', '0', 'sh', '-c', sums]) },
    {
      name: 'shared-cache verify on one core',
      run: () => measured(['taskset', '-c', '0', ...words]),
    },
    { name: 'shared-cache verify', run: () => measured(words) },
  ])
  console.log(`       at most ${(peak / 1e6).toFixed(0)} MB of memory`)
}
