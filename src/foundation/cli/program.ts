import { Command } from 'commander'
import { version } from '../../../package.json'
import type { Context } from './command'
import { finishWithoutReader } from './output'

/** With which options a command changes things. */
export const unlessDry = ({ dryRun = false }: { readonly dryRun?: boolean }) => !dryRun
export const whenFixing = ({ fix = false }: { readonly fix?: boolean }) => fix
export const always = () => true

/** What a command does: returns its exit code. commander has checked the arguments. */
type Handler = (context: Context, options: never, ...args: never[]) => Promise<number>

/**
 * Adds a command to a program: its words, one line for `--help`, how its code is loaded, and with which
 * of its options it changes things; by default with none.
 */
export type AddCommand = (
  words: string,
  summary: string,
  load: () => Promise<Handler>,
  changes?: (options: { readonly dryRun?: boolean; readonly fix?: boolean }) => boolean,
) => Command

/**
 * A plugin's command line without its commands, and a function that adds them. The code of a command is
 * loaded when it runs, to keep the start fast. `done` receives the exit code.
 */
export function startProgram(
  context: Context,
  done: (exit: number) => void,
): { readonly program: Command; readonly add: AddCommand } {
  const { name, description } = context.platform.plugin
  const program = new Command(name)
    .description(description)
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })

  const add: AddCommand = (words, summary, load, changes = () => false) =>
    program
      .command(words)
      .description(summary)
      // Dokku leaves these after the name of a subcommand.
      .option('--quiet', 'print less')
      .option('--trace', 'show where an error happened')
      .option('--force', 'do not ask for confirmation')
      .action(async (...given: unknown[]) => {
        const args = given.slice(0, -2)
        const options = given.at(-2)
        if (changes(options as Parameters<typeof changes>[0])) finishWithoutReader()
        done(await (await load())(context, options as never, ...(args as never[])))
      })
  return { program, add }
}
