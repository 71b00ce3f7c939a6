import { type Command, Option } from 'commander'
import type { Context } from '../foundation/cli/command'
import { type AddCommand, startProgram } from '../foundation/cli/program'

function setupAndApps(verb: AddCommand): void {
  verb('setup [app...]', 'make the shared caches and give them to apps', async () => {
    return (await import('./setup/command')).setup
  })
    .option('--all', 'all apps; the default without names')
    .option('--caches <names>', 'without Dokku: which caches, such as default,pnpm,go')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--rebuild', 'rebuild the running apps afterwards, one by one')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb('enable [app...]', 'give excluded apps the shared caches again', async () => {
    return (await import('./enable/command')).enable
  })
    .option('--all', 'all apps')
    .option('--dry-run', 'show the plan, change nothing')

  verb('disable [app...]', 'exclude apps, and remove what they were given', async () => {
    return (await import('./enable/command')).disable
  })
    .option('--all', 'all apps')
    .option('--dry-run', 'show the plan, change nothing')
}

function reportAndSet(verb: AddCommand): void {
  verb('set [words...]', 'set or unset a property of an app, or of all apps', async () => {
    return (await import('./set/command')).set
  }).option('--global', 'for all apps')

  verb('report [words...]', 'show what apps were given, or what the caches hold', async () => {
    return (await import('./report/command')).report
  })
    .allowUnknownOption()
    .option('--global', 'what the caches hold and cost')
    .option('--buildkit', "with --global: Docker's build cache in full")
    .option('--format <format>', 'stdout or json; with --global prometheus, html too', 'stdout')
}

function checking(verb: AddCommand): void {
  verb('doctor [app]', 'check everything and name the remedy', async () => {
    return (await import('./doctor/command')).doctor
  })
    .option('--fix', 'mend what can be mended')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb('verify', 'check what the caches hold against what it should be', async () => {
    return (await import('./verify/command')).verify
  })
    .option('--cache <name...>', 'these caches')
    .option('--group <name...>', 'the caches of these groups')
    .option('--fix', 'remove what is damaged, so that the tools fetch it again')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['stdout', 'json']).default('stdout'),
    )
}

function builds(verb: AddCommand): void {
  verb('check [subject]', 'show which steps of a Dockerfile get caches, or why not', async () => {
    return (await import('./check/command')).check
  })
    .option('--diff', 'show what changes in the file')
    .option('--rewrite', 'print the file as it is built')
    .option('--format <format>', 'stdout or json', 'stdout')
}

function pruning(verb: AddCommand): void {
  verb('prune', 'shrink caches to their limits, the least recently used first', async () => {
    return (await import('./prune/command')).prune
  })
    .option('--cache <name...>', 'these caches')
    .option('--buildkit', "Docker's build cache")
    .option('--older-than <age>', 'what was not used for so long, such as 72h or 30d')
    .option('--max-size <size>', 'until at most this much is left, such as 10GB or 20%')
    .option('--min-free <size>', 'until so much of the disk is free, such as 50GB or 10%')
    .option('--type <type>', 'build cache: records of this type alone')
    .option('--cache-mount <id>', 'build cache: this cache mount alone, by id or target')
    .option('--app <app>', 'build cache: what belongs to this app alone')
    .option('--keep-cache-mounts', 'build cache: anything but cache mounts')
    .option('--dry-run', 'show the plan, change nothing')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['stdout', 'json']).default('stdout'),
    )

  verb('scheduled', 'what the schedule runs: prune to the budgets, in one line', async () => {
    return (await import('./scheduled/command')).scheduled
  })
}

/** The command line of shared-cache. */
export function makeProgram(context: Context, done: (exit: number) => void): Command {
  const { program, add } = startProgram(context, done)
  setupAndApps(add)
  reportAndSet(add)
  builds(add)
  pruning(add)
  checking(add)
  return program
}
