import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Whether system calls can be made to fail here, and files immutable: not in every container. Groups
 * of tests that need it say `(needs strace and chattr)`.
 */
export function canInject(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  const works = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
  const can = works('strace', '-o', '/dev/null', 'true') && works('chattr', '+i', probe)
  works('chattr', '-i', probe)
  rmSync(probe, { recursive: true })
  return process.getuid?.() === 0 && can
}

/** Words before a program's own that make the so-many-th of these system calls of it do something. */
export function injecting(calls: string, what: string, when: number, output: string): string[] {
  const inject = `inject=${calls}:${what}:when=${when}`
  return ['strace', '-o', output, '-e', `trace=${calls}`, '-e', 'signal=none', '-e', inject]
}
