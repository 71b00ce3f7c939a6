import { type Triggers, runTrigger } from '../foundation/triggers/run'
import { PLUGIN } from './plugin'

/** The entry for the triggers that Dokku fires: a program of its own, without the command line. */
const TRIGGERS: Triggers = {
  report: async () => (await import('./triggers/report')).reportTrigger,
}

void runTrigger(PLUGIN, TRIGGERS)
