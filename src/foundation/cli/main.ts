import { reportLoss, watchOutput } from './output'

/** Runs the words of a command line and gives back the exit code. Never throws. */
type Run = (argv: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>

/**
 * The entry of a plugin's command line. Prints the version before anything else is loaded. Nothing else
 * sets the exit code.
 */
export function main(version: string, load: () => Promise<Run>): void {
  watchOutput()
  void answer(process.argv.slice(2), version, load).then((exit) => {
    process.exitCode = exit
    // A last write may fail only now.
    process.once('exit', (code) => (process.exitCode = reportLoss(code)))
  })
}

async function answer(argv: readonly string[], version: string, load: () => Promise<Run>) {
  if (argv[0] === '--version' || argv[0] === '-V') {
    process.stdout.write(`${version}\n`)
    return 0
  }
  return (await load())(argv, process.env)
}
