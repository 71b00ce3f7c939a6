// Makes the installable plugin: a folder, and a tarball of it with one top directory, in `dist` or in
// the folder that is named.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { $ } from 'zx'

const out = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url)))
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { version } = JSON.parse(await readFile('package.json', 'utf8'))
const name = `dokku-shared-cache-${version}`
const folder = `${out}/${name}`

await rm(folder, { recursive: true, force: true })
await mkdir(out, { recursive: true })
await cp('plugin', folder, { recursive: true })

const common = /** @type {const} */ ({
  // As it was when esbuild was loaded, otherwise: this may be called from anywhere.
  absWorkingDir: process.cwd(),
  bundle: true,
  platform: 'node',
  target: 'node18.19',
  format: 'cjs',
  legalComments: 'none',
})
await build({ ...common, entryPoints: ['src/shared-cache/command.ts'], outfile: `${folder}/shared-cache.cjs` })
await build({ ...common, entryPoints: ['src/shared-cache/triggers.ts'], outfile: `${folder}/triggers.cjs` })
await build({ ...common, entryPoints: ['src/shared-cache/helper.ts'], outfile: `${folder}/helper.cjs` })
await cp('LICENSE', `${folder}/LICENSE`)

const manifest = await readFile(`${folder}/plugin.toml`, 'utf8')
await writeFile(`${folder}/plugin.toml`, manifest.replace('VERSION', version))
// Sorted, without owner or time of this machine: the same sources make the same archive.
await $`tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C ${out} -czf ${out}/${name}.tgz ${name}`
console.log(`${out}/${name}.tgz`)
