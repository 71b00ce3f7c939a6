import { makeRunner } from '../../src/foundation/process/runner'
import type { Host } from '../../src/foundation/cli/command'
import { PLUGIN } from '../../src/shared-cache/plugin'

/** A machine without Dokku whose caches are in a directory. */
export function localHost(root: string): Host {
  const platform = { kind: 'local', plugin: PLUGIN, root, hostRoot: root } as const
  return { platform, runner: makeRunner(false) }
}
