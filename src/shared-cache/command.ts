import { isMainThread } from 'node:worker_threads'
import { version } from '../../package.json'
import { main } from '../foundation/cli/main'
import { PLUGIN } from './plugin'

/** The entry of the command line of shared-cache. */
if (isMainThread) {
  main(version, async () => {
    const { runCommandLine } = await import('../foundation/cli/run')
    const { makeProgram } = await import('./cli')
    return (argv, env) => runCommandLine(PLUGIN, makeProgram, argv, env)
  })
} else {
  // The only threads are those that verify caches.
  void import('./verify/host/pool').then(({ serveChecks }) => serveChecks())
}
