import type { Command, CommonOptions } from './world'

export interface SetupOptions extends CommonOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly format: 'stdout' | 'json'
}

/** Makes the shared caches and gives them to apps. */
export const setup: Command<SetupOptions, readonly [string[]]> = (world) => {
  world.log.step('Setting up the shared caches')
  return Promise.resolve(0)
}
