import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { compare, run } from '../measure.mjs'

const FILES = 50_000
/** Of so many files one differs between the images. */
const ONE_OF = 100

const home = fileURLToPath(new URL('../../..', import.meta.url))

/** An image as a directory: files of a few kilobytes in 500 directories. */
function fill(/** @type {string} */ root, /** @type {string} */ version) {
  for (let index = 0; index < FILES; index += 1) {
    const directory = join(root, 'data', `part-${index % 50}`, `${index % 500}`)
    if (index < 500) mkdirSync(directory, { recursive: true })
    const content = `${index} ${index % ONE_OF === 0 ? version : ''}`
    writeFileSync(join(directory, `file-${index}`), content.repeat(1 + ((index * 7919) % 1000)))
  }
}

/** A root helper behind a `sudo`, and the function that merges an image. */
async function prepare(/** @type {string} */ folder, /** @type {string} */ helper) {
  const sudo = join(folder, 'bin/sudo')
  mkdirSync(dirname(sudo))
  const script = `#!/bin/sh\nshift 2; exec '${process.execPath}' '${join(folder, 'helper.cjs')}' "$@"\n`
  writeFileSync(sudo, script, { mode: 0o755 })
  await run(['cp', helper, join(folder, 'helper.cjs')])
  mkdirSync(join(folder, 'data/persist'), { recursive: true })
  mkdirSync(join(folder, 'data/storage'))
  writeFileSync(join(folder, 'root'), `${join(folder, 'data/persist')}\n0\n`)
  const outfile = join(folder, 'follow.cjs')
  const entryPoints = [join(home, 'src/persist/image-updates/host/follow.ts')]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs' })
  return outfile
}

/**
 * What it costs that a volume follows an image, beside `rsync --checksum`, which only compares. Each
 * round the volume follows another image, in which one file of a hundred has changed; then a deploy
 * whose image has not changed.
 */
export async function persistMerge(
  /** @type {import('../main.mjs').Context} */ { bundle, folder },
) {
  const helper = join(
    dirname(bundle).replace('dokku-shared-cache-', 'dokku-persist-'),
    'helper.cjs',
  )
  const follow = await prepare(folder, helper)
  const [one, two] = [join(folder, 'one'), join(folder, 'two')]
  fill(one, 'first')
  fill(two, 'other')
  await run(['cp', '-a', join(one, 'data'), join(folder, 'data/storage/v')])
  const driver = fileURLToPath(new URL('./follow.mjs', import.meta.url))
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` }
  let peak = 0
  const merge = async (/** @type {string} */ image) => {
    const used = await run(
      [process.execPath, driver, follow, join(folder, 'data/persist'), image],
      env,
    )
    peak = Math.max(peak, used)
  }
  await merge(one)
  let round = 0
  const rsync = ['rsync', '-a', '--checksum', '--dry-run', `${one}/data/`, `${two}/data/`]
  await compare(`${FILES} files of which ${FILES / ONE_OF} changed`, 5, [
    { name: 'rsync -a --checksum --dry-run', run: () => run(rsync) },
    { name: 'persist merges them', run: () => merge((round += 1) % 2 === 1 ? two : one) },
  ])
  console.log(`       at most ${(peak / 1e6).toFixed(0)} MB of memory`)
  const last = round % 2 === 1 ? two : one
  await compare('a deploy whose image has not changed', 11, [
    { name: 'node -e 0', run: () => run([process.execPath, '-e', '0']) },
    { name: 'persist looks', run: () => merge(last) },
  ])
}
