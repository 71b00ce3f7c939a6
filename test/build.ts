import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { build } from 'esbuild'

/**
 * Builds what the end-to-end tests run, once before all tests: the bundle, as on a server, and the
 * Dokku double as one program.
 */
export default async function setup(): Promise<void> {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
  await build({
    entryPoints: ['test/doubles/dokku/main.ts'],
    outfile: 'dist/doubles/dokku.cjs',
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Uses the Node of the tests, not the Node that the plugin finds on PATH.
    banner: { js: `#!${process.execPath}` },
  })
  chmodSync('dist/doubles/dokku.cjs', 0o755)
}
