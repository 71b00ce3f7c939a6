import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { compare, run } from './measure.mjs'

const STEPS = 24
const BASE = 'shared-cache-bench/base'

/** Fills a build cache: a layer and a cache mount for each step, `round` making them new. */
function fill(
  /** @type {NodeJS.ProcessEnv} */ env,
  /** @type {string} */ context,
  /** @type {number} */ round,
) {
  const steps = Array.from(
    { length: STEPS },
    (_, step) =>
      `RUN --mount=type=cache,target=/c${step} echo $(seq 200000) > /c${step}/x && echo ${round}-${step} > /y`,
  )
  const input = [`FROM ${BASE}`, ...steps].join('\n')
  execFileSync('docker', ['build', '--network=none', '-q', '-f-', context], { env, input })
}

/**
 * What a report on Docker's build cache and a prune of it cost, beside Docker's own commands. Empties
 * the build cache of the Engine that SHARED_CACHE_BENCH_ENGINE names, as DOCKER_HOST does.
 */
export async function docker(/** @type {import('./main.mjs').Context} */ { bundle, folder }) {
  const host = process.env['SHARED_CACHE_BENCH_ENGINE']
  if (!host) throw new Error('Name an Engine to empty: SHARED_CACHE_BENCH_ENGINE=unix:///…')
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_BUILDKIT: '1', SHARED_CACHE_ROOT: folder }
  const tar = ['-C', '/', '--transform=s,bin/busybox,bin/sh,', '-c', 'bin/busybox']
  const input = execFileSync('tar', tar, { maxBuffer: 2 ** 26 })
  execFileSync('docker', ['import', '-', BASE], { env, input })
  const context = join(folder, 'context')
  mkdirSync(context)
  fill(env, context, 0)
  await compare(`report of ${STEPS} steps' build cache`, 7, [
    { name: 'docker system df -v', run: () => run(['docker', 'system', 'df', '-v'], env) },
    {
      name: 'shared-cache report --global --buildkit',
      run: () => run([process.execPath, bundle, 'report', '--global', '--buildkit'], env),
    },
  ])
  let round = 0
  const before = () => fill(env, context, (round += 1))
  const words = ['prune', '--buildkit', '--older-than', '0s', '--force']
  await compare(`prune of ${STEPS} steps' build cache`, 5, [
    {
      name: 'docker builder prune -af --filter until=0s',
      before,
      run: () => run(['docker', 'builder', 'prune', '-af', '--filter', 'until=0s'], env),
    },
    {
      name: 'shared-cache prune --buildkit --older-than 0s',
      before,
      run: () => run([process.execPath, bundle, ...words], env),
    },
  ])
}
