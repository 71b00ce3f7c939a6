// Makes the installable plugins: for each a folder, and a tarball of it with one top directory, in
// `dist` or in the folder that is named.
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { $ } from 'zx'
import { PLUGINS, copyScripts } from './plugins.mjs'

const out = resolve(process.argv[2] ?? fileURLToPath(new URL('../dist', import.meta.url)))
process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const { version } = JSON.parse(await readFile('package.json', 'utf8'))

/** @type {import('esbuild').BuildOptions} */
const options = {
  // esbuild's own default is where it was loaded, and this may be called from anywhere.
  absWorkingDir: process.cwd(),
  bundle: true,
  platform: 'node',
  target: 'node18.19',
  format: 'cjs',
  legalComments: 'none',
}

/** @param {string} plugin */
async function buildPlugin(plugin) {
  const name = `dokku-${plugin}-${version}`
  const folder = `${out}/${name}`
  await rm(folder, { recursive: true, force: true })
  await copyScripts(plugin, folder)
  await cp('LICENSE', `${folder}/LICENSE`)
  const manifest = await readFile(`${folder}/plugin.toml`, 'utf8')
  await writeFile(`${folder}/plugin.toml`, manifest.replace('VERSION', version))

  /** @type {[string, string, import('esbuild').BuildOptions?][]} */
  const bundles = [
    ['command', plugin],
    ['triggers', 'triggers'],
    // Node reads it at every build of a Dockerfile: without white space it takes a few milliseconds less.
    ['pre-build', 'pre-build', { minifyWhitespace: true, minifySyntax: true }],
    ['helper', 'helper'],
  ]
  for (const [entry, bundle, more] of bundles) {
    const source = `src/${plugin}/${entry}.ts`
    if (!existsSync(source)) continue
    await build({ ...options, ...more, entryPoints: [source], outfile: `${folder}/${bundle}.cjs` })
  }
  // Sorted, without owner or time of this machine: the same sources make the same archive.
  await $`tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C ${out} -czf ${out}/${name}.tgz ${name}`
  return `${out}/${name}.tgz`
}

await mkdir(out, { recursive: true })
for (const plugin of PLUGINS) console.log(await buildPlugin(plugin))
