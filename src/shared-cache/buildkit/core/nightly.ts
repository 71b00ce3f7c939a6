/**
 * Dokku's nightly prune (`docker builder prune -f` at 04:05), and its replacement. With systemd it is a
 * service, changed by a drop-in; without systemd it is a line in a crontab file.
 */

/** `budget`: prune to the budgets of this plugin; `off`: prune nothing; `dokku`: Dokku's own prune. */
export const NIGHTLY_MODES = ['budget', 'dokku', 'off'] as const
export type NightlyMode = (typeof NIGHTLY_MODES)[number]

const MARK = '# Changed by dokku-shared-cache: shared-cache:set --global nightly-prune'

/**
 * The drop-in for Dokku's service; null for none. The empty `ExecStart=` comes first: without it a
 * oneshot service runs Dokku's command as well. `script` is the path of the script that prunes.
 */
export function dropIn(mode: NightlyMode, script: string): string | null {
  if (mode === 'dokku') return null
  const command = mode === 'budget' ? script : '/bin/true'
  return `${MARK}\n[Service]\nExecStart=\nExecStart=${command}\n`
}

/** Whether this plugin changed a crontab file. */
export function isChanged(cron: string): boolean {
  return cron.includes(MARK)
}

/** Five fields, the user, the command, and its output redirection. */
const LINE = /^((?:\S+[ \t]+){5}\S+)[ \t]+.*\bbuilder prune\b.*?([ \t]*>>.*)?$/gm

/**
 * Dokku's crontab file with its command replaced; schedule, user and log are kept. Null if no line
 * prunes.
 */
export function nightlyCron(own: string, mode: 'budget' | 'off', script: string): string | null {
  const lines = own.match(LINE)
  if (!lines) return null
  const change = (_: string, who: string, log = '') =>
    mode === 'budget' ? `${who} ${script}${log}` : '# nothing is pruned at night'
  return `${MARK}\n${own.replace(LINE, change)}`
}
