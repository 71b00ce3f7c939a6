/** Runs a command line and returns its exit code. Never throws. */
type Run = (argv: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>

/**
 * The entry of a plugin's command line. Prints the version before anything else is loaded. Nothing else
 * sets the exit code.
 */
export function main(version: string, load: () => Promise<Run>): void {
  // A closed pipe (`| head`) is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  void answer(process.argv.slice(2), version, load).then((exit) => {
    process.exitCode = exit
  })
}

async function answer(argv: readonly string[], version: string, load: () => Promise<Run>) {
  if (argv[0] === '--version' || argv[0] === '-V') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  return (await load())(argv, process.env)
}
