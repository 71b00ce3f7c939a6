import { type Command, Option } from 'commander'
import type { Context } from '../foundation/cli/command'
import {
  type AddCommand,
  always,
  startProgram,
  unlessDry,
  whenFixing,
} from '../foundation/cli/program'

function setupAndApps(verb: AddCommand): void {
  verb(
    'setup [app...]',
    'make the shared caches and give them to apps',
    async () => {
      return (await import('./setup/command')).setup
    },
    unlessDry,
  )
    .option('--all', 'all apps; the default without names')
    .option('--caches <names>', 'without Dokku: which caches, such as default,pnpm,go')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--rebuild', 'rebuild the running apps afterwards, one by one')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb(
    'enable [app...]',
    'give excluded apps the shared caches again',
    async () => {
      return (await import('./enable/command')).enable
    },
    unlessDry,
  )
    .option('--all', 'all apps')
    .option('--dry-run', 'show the plan, change nothing')

  verb(
    'disable [app...]',
    'exclude apps, and remove what they were given',
    async () => {
      return (await import('./enable/command')).disable
    },
    unlessDry,
  )
    .option('--all', 'all apps')
    .option('--dry-run', 'show the plan, change nothing')
}

function reportAndSet(verb: AddCommand): void {
  verb(
    'set [words...]',
    'set or unset a property of an app, or of all apps',
    async () => {
      return (await import('./set/command')).set
    },
    always,
  ).option('--global', 'for all apps')

  verb(
    'report [words...]',
    'show the caches of an app, or with --global the size of all caches',
    async () => {
      return (await import('./report/command')).report
    },
  )
    .allowUnknownOption()
    .option('--global', 'the size of all caches, budgets and free disk space')
    .option('--buildkit', "with --global: Docker's build cache in detail")
    .option('--format <format>', 'stdout or json; with --global also prometheus or html', 'stdout')
}

function checking(verb: AddCommand): void {
  verb(
    'doctor [app]',
    'check the host and its apps, and say how to fix what is wrong',
    async () => {
      return (await import('./doctor/command')).doctor
    },
    whenFixing,
  )
    .option('--fix', 'fix what can be fixed')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb(
    'verify',
    'check the files in the caches against their checksums',
    async () => {
      return (await import('./verify/command')).verify
    },
    whenFixing,
  )
    .option('--cache <name...>', 'only these caches')
    .option('--group <name...>', 'only the caches of these groups')
    .option('--fix', 'remove damaged files; the package managers download them again')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['stdout', 'json']).default('stdout'),
    )
}

function builds(verb: AddCommand): void {
  verb(
    'check [subject]',
    'show which caches the steps of a Dockerfile use, or why not',
    async () => {
      return (await import('./check/command')).check
    },
  )
    .option('--diff', 'show the changes of the file as a diff')
    .option('--rewrite', 'print the file as it is built')
    .option('--format <format>', 'stdout or json', 'stdout')
}

function pruning(verb: AddCommand): void {
  verb(
    'prune',
    'remove the least recently used files until the caches are within their limits',
    async () => {
      return (await import('./prune/command')).prune
    },
    unlessDry,
  )
    .option('--cache <name...>', 'only these caches')
    .option('--buildkit', "only Docker's build cache")
    .option('--older-than <age>', 'remove files unused for this long, such as 72h or 30d')
    .option(
      '--max-size <size>',
      'remove files until at most this much remains, such as 10GB or 20% of the disk',
    )
    .option(
      '--min-free <size>',
      'remove files until this much of the disk is free, such as 50GB or 10%',
    )
    .option('--type <type>', 'build cache: only records of this type')
    .option('--cache-mount <id>', 'build cache: only this cache mount, by id or target')
    .option('--app <app>', 'build cache: only records that belong to this app alone')
    .option('--keep-cache-mounts', 'build cache: everything except cache mounts')
    .option('--dry-run', 'show the plan, change nothing')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['stdout', 'json']).default('stdout'),
    )

  verb(
    'scheduled',
    'prune to the budgets and print one line: the command that cron runs',
    async () => {
      return (await import('./scheduled/command')).scheduled
    },
    always,
  )
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
