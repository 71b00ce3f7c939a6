import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { compare, run } from './measure.mjs'

const OPTIONS = /** @type {const} */ ({
  files: { type: 'string', default: '50000' },
  rounds: { type: 'string', default: '3' },
})

/** Sizes of files in turns, in bytes: on average 11 kB. */
const SIZES = [200, 900, 3000, 8000, 12_000, 40_000]

/**
 * What taking over a directory costs: the copy while the app runs, and the comparison of every file while
 * it is stopped. To reach: together at most 1.2 times `cp -a`.
 */
export async function adopt(/** @type {import('./main.mjs').Context} */ { bundle, folder, words }) {
  const { values } = parseArgs({ args: [...words], options: OPTIONS })
  const count = Number(values.files)
  const lib = join(folder, 'lib')
  const source = join(folder, 'source')
  const copies = join(lib, 'data/storage')
  const registry = join(lib, 'data/storage-registry/entries')
  const helper = join(folder, 'helper')
  for (const path of [registry, copies, join(lib, 'data/persist'), helper]) {
    mkdirSync(path, { recursive: true })
  }
  cpSync(
    join(folder, basename(dirname(bundle)).replace('shared-cache', 'persist'), 'helper.cjs'),
    join(helper, 'helper.cjs'),
  )
  writeFileSync(join(helper, 'root'), `${lib}/data/persist\n0\n`)
  writeFileSync(join(registry, 'legacy-1.json'), JSON.stringify({ host_path: source }))
  const content = randomBytes(100_000)
  for (let i = 0; i < count; i += 1) {
    const directory = join(source, String(i % 97), String(i % 13))
    mkdirSync(directory, { recursive: true })
    const from = i % 50_000
    writeFileSync(
      join(directory, `f${i}`),
      content.subarray(from, from + (SIZES[i % SIZES.length] ?? 0)),
    )
  }
  const verb = (/** @type {string} */ name) =>
    run([process.execPath, join(helper, 'helper.cjs'), name, 'entry', 'legacy-1', 'shop-data'])
  const clear = () => rmSync(copies, { recursive: true, force: true })
  const before = () => {
    clear()
    mkdirSync(copies)
  }
  const inUse = () => verb('copy-in-use')
  const target = join(copies, 'copy/')
  const rsync = ['rsync', '-aHAXS', '--numeric-ids', '--delete', '--modify-window=-1']
  await compare(`adoption of ${count} files`, Number(values.rounds), [
    { name: 'cp -a', before, run: () => run(['cp', '-a', source, target]) },
    {
      name: 'adopt: copy, then compare every file',
      before,
      run: async () => {
        await inUse()
        await verb('copy-and-verify')
      },
    },
    {
      name: 'of that, while the app is stopped',
      before: async () => {
        before()
        await inUse()
      },
      run: () => verb('copy-and-verify'),
    },
    {
      name: 'rsync twice, then rsync --checksum',
      before,
      run: async () => {
        await run([...rsync, `${source}/`, target])
        await run([...rsync, `${source}/`, target])
        await run([...rsync, '--checksum', '--dry-run', `${source}/`, target])
      },
    },
  ])
  clear()
}
