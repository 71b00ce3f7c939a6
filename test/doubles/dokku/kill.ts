import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * File below DOKKU_LIB_ROOT: how many more changes to make before everything is killed; and, where it is
 * not SIGKILL to the whole group, the signal and `plugin` for the process of the plugin alone.
 */
export const KILL_AFTER = 'kill-after'

const CHANGES =
  /^(storage\/subcommands\/(mount|unmount|create)|config\/subcommands\/(un)?set|ps\/subcommands\/(start|stop)|sudo\/dokku-persist\/(make$|limit$|begin-|copy-|end-|reopen-).*)$/

function isChange(file: string, args: readonly string[]): boolean {
  return file === 'common/prop' ? /^(set|del|destroy)$/.test(args[0] ?? '') : CHANGES.test(file)
}

/** Kills the process group of the caller after the last change that a test allows. */
export function countChange(file: string, args: readonly string[]): void {
  const counter = join(process.env['DOKKU_LIB_ROOT'] ?? '', KILL_AFTER)
  if (!isChange(file, args) || !existsSync(counter)) return
  const [before, signal = 'SIGKILL', who = 'group'] = readFileSync(counter, 'utf8').split(' ')
  const left = Number(before) - 1
  writeFileSync(counter, [left, signal, who].join(' '))
  // The plugin itself has started this program.
  if (left === 0) process.kill(who === 'group' ? 0 : process.ppid, signal)
}
