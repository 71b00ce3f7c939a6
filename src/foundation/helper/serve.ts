import { KnownError } from '../core/errors'
import { knownError } from '../process/system-error'
import { type HelperSettings, readSettings } from './files'

/** Does one thing as root and returns the exit code. */
export type HelperVerb = (settings: HelperSettings, args: readonly string[]) => Promise<number>

/** Prints one line of JSON: a result, or progress. */
export function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/**
 * Runs one verb of a root helper. User dokku calls it through sudo. It accepts a verb and names, never
 * a path, and works below the directory in the file `root` in `directory`. Results are lines of JSON on
 * stdout; a known error is one line on stderr, with exit code 1.
 */
async function serveHelper(
  directory: string,
  verbs: Readonly<Record<string, HelperVerb>>,
  [verb = '', ...args]: readonly string[],
): Promise<number> {
  try {
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
    if (!run) throw new KnownError(`Unknown verb: ${verb}`)
    return await run(readSettings(directory), args)
  } catch (thrown) {
    const error = knownError(thrown)
    process.stderr.write(`${JSON.stringify({ message: error.message, hint: error.hint })}\n`)
    return 1
  }
}

/** The entry of a root helper: `serveHelper` with the arguments of this process. */
export function runHelper(directory: string, verbs: Readonly<Record<string, HelperVerb>>): void {
  // The caller has exited: the next run completes this one.
  process.stdout.on('error', () => process.exit(1))
  void serveHelper(directory, verbs, process.argv.slice(2)).then((exit) => {
    process.exitCode = exit
  })
}
