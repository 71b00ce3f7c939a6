import { runTrigger } from '../foundation/triggers/run'
import { PLUGIN } from './plugin'

/**
 * The entry for the trigger `pre-build`, which alone reads Dockerfiles and shell texts: the parser for
 * them is larger than all other triggers together.
 */
void runTrigger(PLUGIN, {
  'pre-build': async () => (await import('./triggers/pre-build')).preBuild,
})
