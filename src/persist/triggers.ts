import { type Triggers, runTrigger } from '../foundation/triggers/run'
import { PLUGIN } from './plugin'

/** The entry for Dokku's triggers: a separate program without the command line. */
const TRIGGERS: Triggers = {
  report: async () => (await import('./triggers/report')).reportTrigger,
}

void runTrigger(PLUGIN, TRIGGERS)
