import type { Command } from 'commander'
import type { Context } from '../foundation/cli/command'
import {
  type AddCommand,
  always,
  startProgram,
  unlessDry,
  whenFixing,
} from '../foundation/cli/program'

function volumes(verb: AddCommand): void {
  verb(
    'add <app> <path>',
    'keep a directory of an app in a volume',
    async () => {
      return (await import('./add/command')).add
    },
    unlessDry,
  )
    .option('--name <name>', 'name of the volume; by default made of its path')
    .option('--kind <kind>', 'data, cache, logs or state')
    .option('--size <size>', 'limit such as 10GB, or off')
    .option('--owner <owner>', 'auto, image, UID or UID:GID')
    .option('--mode <mode>', 'mode of the directory, such as 0750')
    .option('--readonly', 'containers cannot write to it')
    .option('--no-readonly', 'containers can write to it')
    .option('--process <type>', 'only for this type of process')
    .option('--critical [yes-or-no]', 'whether a missing backup of it is a failure')
    .option('--sensitive', 'other users of the host must not read it')
    .option('--no-sensitive', 'it is not sensitive')
    .option('--follow-image', 'unchanged files follow the updates of the image')
    .option('--no-follow-image', 'files stay as they are')
    .option('--description <text>', 'one line about it')
    .option('--from <volume>', 'attach this volume, which has no app')
    .option('--restart', 'restart the app, so that it gets the volume now')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--format <format>', 'stdout or json', 'stdout')
}

function takeOver(verb: AddCommand): void {
  verb(
    'adopt <app> [paths...]',
    'make volumes of the mounts that an app has already',
    async () => {
      return (await import('./adopt/command')).adopt
    },
    unlessDry,
  )
    .option('--dry-run', 'show the plan, change nothing')
    .option('--recover', 'only put right what a killed run has left')
    .option('--format <format>', 'stdout or json', 'stdout')
}

function inspecting(verb: AddCommand): void {
  verb('list [app]', 'list volumes with their sizes', async () => {
    return (await import('./list/command')).list
  })
    .option('--orphans', 'only volumes without an app')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb('info <app> <name>', 'show everything about a volume', async () => {
    return (await import('./info/command')).info
  })
    .option('--measure', 'measure it now')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb('report [words...]', 'show the mounts and volumes of an app, or of all apps', async () => {
    return (await import('./report/command')).report
  })
    .allowUnknownOption()
    .option('--global', 'all volumes together, and the disk')
    .option('--measure', 'measure the volumes now')
    .option('--format <format>', 'stdout or json; with --global also prometheus or html', 'stdout')
}

function upkeep(verb: AddCommand): void {
  verb(
    'clean <app>',
    'delete old files in volumes that hold a cache or logs',
    async () => {
      return (await import('./clean/command')).clean
    },
    unlessDry,
  )
    .option('--name <volume>', 'only this volume')
    .option('--kind <kind>', 'cache or logs')
    .option('--older-than <age>', 'not modified, and in a cache not read, for this long')
    .option('--dry-run', 'show how many files, delete nothing')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb(
    'set [words...]',
    'set or unset a property of an app, or of all apps',
    async () => {
      return (await import('./set/command')).set
    },
    always,
  ).option('--global', 'for all apps')

  verb(
    'scheduled',
    'measure all volumes and print one line: the command that cron runs',
    async () => {
      return (await import('./scheduled/command')).scheduled
    },
    always,
  )
}

function sets(verb: AddCommand): void {
  verb(
    'universal <app>',
    'keep the places in which people keep things',
    async () => {
      return (await import('./universal/command')).universal
    },
    unlessDry,
  )
    .option('--with <places>', 'more of them: etc, var, usr-local')
    .option('--without <places>', 'fewer of them, such as home,srv')
    .option('--restart', 'restart the app, so that it gets the volumes now')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--format <format>', 'stdout or json', 'stdout')

  verb(
    'remove [app] [name]',
    'take a volume from an app; its data stays',
    async () => {
      return (await import('./remove/command')).remove
    },
    unlessDry,
  )
    .option('--orphan <volume>', 'a volume that has no app')
    .option('--destroy-data', 'delete the volume with its data')
    .option('--restart', 'restart the app, so that it no longer has the volume')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--format <format>', 'stdout or json', 'stdout')
}

/** The command line of persist. */
export function makeProgram(context: Context, done: (exit: number) => void): Command {
  const { program, add } = startProgram(context, done)
  volumes(add)
  inspecting(add)
  upkeep(add)
  takeOver(add)
  sets(add)

  add(
    'doctor [app]',
    'check this host, and the volumes and mounts of apps',
    async () => {
      return (await import('./doctor/command')).doctor
    },
    whenFixing,
  )
    .option('--fix', 'make the volumes what they should be')
    .option('--format <format>', 'stdout or json', 'stdout')

  return program
}
