import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fillCaches } from './caches.mjs'
import { compare, run } from './measure.mjs'

const OPTIONS = /** @type {const} */ ({
  files: { type: 'string', default: '20000' },
  rounds: { type: 'string', default: '3' },
  mixed: { type: 'boolean', default: false },
  cold: { type: 'boolean', default: false },
  in: { type: 'string' },
})

/**
 * What a large cache costs. To reach: report at most 1.2 times `du -s`, prune at most 1.5 times
 * `find -delete` of the same files, both below 150 MB.
 */
export async function files(/** @type {import('./main.mjs').Context} */ { bundle, folder, words }) {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  const [count, rounds] = [Number(values.files), Number(values.rounds)]
  const place = values.in ? await mkdtemp(join(values.in, 'shared-cache-bench-')) : folder
  const root = join(place, 'caches')
  const env = {
    PATH: process.env['PATH'],
    SHARED_CACHE_ROOT: root,
    DOCKER_HOST: 'unix:///nowhere.sock',
  }
  const title = `${count} files of ${values.mixed ? 'pip, uv and cargo' : 'npm'}, ${values.cold ? 'cold' : 'warm'}`
  const forget = () => values.cold && writeFileSync('/proc/sys/vm/drop_caches', '3')
  const fill = async () => {
    rmSync(root, { recursive: true, force: true })
    await program(['setup'])
    fillCaches(root, count, values.mixed ? 'mixed' : 'npm')
    forget()
  }
  let peak = 0
  // As the plugin starts it.
  const program = async (/** @type {readonly string[]} */ args) => {
    const small = ['--max-semi-space-size=2', '--heap-growing-percent=30']
    const used = await run([process.execPath, ...small, bundle, ...args], env)
    peak = Math.max(peak, used)
  }
  const caches = (values.mixed ? ['pip', 'uv', 'cargo'] : ['npm']).flatMap((name) => [
    '--cache',
    name,
  ])
  try {
    await fill()
    await compare(`report of ${title}`, rounds, [
      { name: 'du -s', before: forget, run: () => run(['du', '-s', root]) },
      {
        name: 'shared-cache report --global',
        before: forget,
        run: () => program(['report', '--global', '--format', 'json']),
      },
    ])
    console.log(`       at most ${(peak / 1e6).toFixed(0)} MB of memory`)
    peak = 0
    await compare(`prune of ${title}`, rounds, [
      {
        name: 'find -delete',
        before: fill,
        // npm's directories stay, those of the others go.
        run: () =>
          run(['find', root, '-mindepth', '1', ...(values.mixed ? [] : ['-type', 'f']), '-delete']),
      },
      {
        name: 'shared-cache prune --max-size 0',
        before: fill,
        run: () => program(['prune', ...caches, '--max-size', '0', '--force']),
      },
    ])
    console.log(`       at most ${(peak / 1e6).toFixed(0)} MB of memory`)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
