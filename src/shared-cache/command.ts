import { isMainThread } from 'node:worker_threads'
import { version } from '../../package.json'

/**
 * The one entry. The version is answered before anything else is loaded; everything else goes to the
 * command line, which gives back the exit code. Nothing else sets it.
 */
async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === '--version' || argv[0] === '-V') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  const { run } = await import('../foundation/cli/run')
  return run(argv, process.env)
}

// Whoever reads the output may stop reading (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

if (isMainThread) {
  void main(process.argv.slice(2)).then((exit) => {
    process.exitCode = exit
  })
} else {
  // The only threads are those that verify caches.
  void import('./verify/host/pool').then(({ serveChecks }) => serveChecks())
}
