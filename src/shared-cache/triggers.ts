import { type Triggers, runTrigger } from '../foundation/triggers/run'
import { PLUGIN } from './plugin'

/**
 * The entry for Dokku's triggers. A separate program without the command line, because every deploy has
 * to load it. `pre-build` is another one.
 */
const TRIGGERS: Triggers = {
  'docker-args-build': async () => (await import('./triggers/docker-args-build')).dockerArgsBuild,
  'post-app-clone': async () => (await import('./triggers/copy-app')).settleCopy,
  'post-app-clone-setup': async () => (await import('./triggers/copy-app')).copyRecord,
  'post-app-rename': async () => (await import('./triggers/copy-app')).settleCopy,
  'post-app-rename-setup': async () => (await import('./triggers/copy-app')).copyRecord,
  'post-create': async () => (await import('./triggers/post-create')).postCreate,
  'post-delete': async () => (await import('./triggers/post-delete')).postDelete,
  'pre-receive-app': async () => (await import('./triggers/pre-receive-app')).preReceiveApp,
  'pre-release-builder': async () =>
    (await import('./triggers/pre-release-builder')).preReleaseBuilder,
  report: async () => (await import('./triggers/report')).reportTrigger,
  uninstall: async () => (await import('./triggers/uninstall')).uninstall,
}

void runTrigger(PLUGIN, TRIGGERS)
