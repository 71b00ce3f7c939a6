import { type Triggers, runTrigger } from '../foundation/triggers/run'
import { PLUGIN } from './plugin'

/** The entry for Dokku's triggers: a separate program without the command line. */
const TRIGGERS: Triggers = {
  'docker-args': async () => (await import('./triggers/deploy')).dockerArgs,
  'post-app-clone': async () => (await import('./triggers/lifecycle')).postAppClone,
  'post-app-clone-setup': async () => (await import('./triggers/lifecycle')).postAppCloneSetup,
  'post-app-rename-setup': async () => (await import('./triggers/lifecycle')).postAppRenameSetup,
  'post-delete': async () => (await import('./triggers/lifecycle')).postDelete,
  'post-deploy': async () => (await import('./triggers/deploy')).postDeploy,
  'post-release-builder': async () => (await import('./triggers/deploy')).postReleaseBuilder,
  report: async () => (await import('./triggers/report')).reportTrigger,
}

void runTrigger(PLUGIN, TRIGGERS)
