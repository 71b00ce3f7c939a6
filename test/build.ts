import { execFileSync } from 'node:child_process'

/** The end-to-end tests run what a server runs: the bundle, made once before all tests. */
export default function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
