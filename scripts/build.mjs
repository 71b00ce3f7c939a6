// Makes the installable plugin: a folder, and a tarball of it with one top directory.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { $ } from 'zx'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { version } = JSON.parse(await readFile('package.json', 'utf8'))
const folder = `dist/dokku-shared-cache-${version}`

await rm('dist', { recursive: true, force: true })
await mkdir('dist')
await cp('plugin', folder, { recursive: true })

const common = /** @type {const} */ ({
  bundle: true,
  platform: 'node',
  target: 'node18.19',
  format: 'cjs',
  legalComments: 'none',
})
await build({ ...common, entryPoints: ['src/main.ts'], outfile: `${folder}/shared-cache.cjs` })
await build({ ...common, entryPoints: ['src/helper/main.ts'], outfile: `${folder}/helper.cjs` })
await cp('LICENSE', `${folder}/LICENSE`)

const manifest = await readFile(`${folder}/plugin.toml`, 'utf8')
await writeFile(`${folder}/plugin.toml`, manifest.replace('VERSION', version))
// Sorted, without owner or time of this machine: the same sources make the same archive.
await $`tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C dist -czf dist/dokku-shared-cache-${version}.tgz dokku-shared-cache-${version}`
console.log(`dist/dokku-shared-cache-${version}.tgz`)
