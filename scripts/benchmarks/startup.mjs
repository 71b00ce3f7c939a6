import { compare, run } from './measure.mjs'

/** What the program costs before it does anything. To reach: 1.5 times a bare Node. */
export async function startup(/** @type {import('./main.mjs').Context} */ { bundle }) {
  await compare('startup', 31, [
    { name: 'node -e 0', run: () => run([process.execPath, '-e', '0']) },
    { name: 'shared-cache --version', run: () => run([process.execPath, bundle, '--version']) },
  ])
}
