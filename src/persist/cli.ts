import type { Command } from 'commander'
import type { Context } from '../foundation/cli/command'
import { startProgram } from '../foundation/cli/program'

/** The command line of persist. */
export function makeProgram(context: Context, done: (exit: number) => void): Command {
  const { program, add } = startProgram(context, done)

  add('report [words...]', 'show the storage mounts of an app, or of all apps', async () => {
    return (await import('./report/command')).report
  })
    .allowUnknownOption()
    .option('--global', 'show what is the same for all apps')
    .option('--format <format>', 'stdout or json', 'stdout')

  add('doctor [app]', 'check this host and the storage mounts of apps', async () => {
    return (await import('./doctor/command')).doctor
  }).option('--format <format>', 'stdout or json', 'stdout')

  return program
}
