import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Whether system calls can be made to fail here, and files immutable: not in every container. Groups of
 * tests that need it have `(needs strace and chattr)` in their names.
 */
export function canInject(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  const works = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
  const can = works('strace', '-o', '/dev/null', 'true') && works('chattr', '+i', probe)
  works('chattr', '-i', probe)
  rmSync(probe, { recursive: true })
  return process.getuid?.() === 0 && can
}

/** Words before a command that inject a fault into its n-th of these system calls. */
export function injecting(calls: string, what: string, when: number, output: string): string[] {
  const inject = `inject=${calls}:${what}:when=${when}`
  return ['strace', '-o', output, '-e', `trace=${calls}`, '-e', 'signal=none', '-e', inject]
}
