import { version } from '../../package.json'
import { main } from '../foundation/cli/main'
import { PLUGIN } from './plugin'

/** The entry of the command line of persist. */
main(version, async () => {
  const { runCommandLine } = await import('../foundation/cli/run')
  const { makeProgram } = await import('./cli')
  return (argv, env) => runCommandLine(PLUGIN, makeProgram, argv, env)
})
