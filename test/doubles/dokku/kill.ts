import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** File below DOKKU_LIB_ROOT: number of changes to make before everything is killed. */
export const KILL_AFTER = 'kill-after'

const CHANGES = /^(storage\/subcommands\/(mount|unmount|create)|config\/subcommands\/(un)?set)$/

function isChange(file: string, args: readonly string[]): boolean {
  return file === 'common/prop' ? /^(set|del|destroy)$/.test(args[0] ?? '') : CHANGES.test(file)
}

/** Kills the process group of the caller after the last change that a test allows. */
export function countChange(file: string, args: readonly string[]): void {
  const counter = join(process.env['DOKKU_LIB_ROOT'] ?? '', KILL_AFTER)
  if (!isChange(file, args) || !existsSync(counter)) return
  const left = Number(readFileSync(counter, 'utf8')) - 1
  writeFileSync(counter, String(left))
  if (left <= 0) process.kill(0, 'SIGKILL')
}
