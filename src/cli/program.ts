import { Command } from 'commander'
import type { World } from '../commands/world'
import { version } from '../../package.json'

type Done = (exit: number) => void
type Deed = (world: World, options: never, ...args: never[]) => Promise<number>

/**
 * The command line: which words there are. What they do is in `commands`, loaded when it is needed,
 * so that no command pays for another.
 */
export function makeProgram(world: World, done: Done): Command {
  const program = new Command('shared-cache')
    .description('One shared package cache for all apps')
    .version(version, '-V, --version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })

  const verb = (words: string, summary: string, load: () => Promise<Deed>): Command =>
    program
      .command(words)
      .description(summary)
      // Words that Dokku leaves behind the name of a subcommand.
      .option('--quiet', 'say less')
      .option('--trace', 'show where an error came from')
      .option('--force', 'do not ask')
      .action(async (...given: unknown[]) => {
        const args = given.slice(0, -2)
        const options = given.at(-2)
        done(await (await load())(world, options as never, ...(args as never[])))
      })

  verb(
    'setup [app...]',
    'make the shared caches and give them to apps',
    async () => (await import('../commands/setup')).setup,
  )
    .option('--all', 'all apps')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--format <format>', 'stdout or json', 'stdout')

  return program
}
