import type { Command, CommonOptions } from '../../foundation/cli/command'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { oneOrAllApps, openDokku } from '../../foundation/dokku/open'
import { showFindings } from '../../foundation/cli/findings'
import { checkAll } from './core/checks'
import { inspectHost } from './host/inspect'

export interface DoctorOptions extends CommonOptions {
  readonly format: string
}

/** Checks this host and the storage mounts of one app or all apps. Exits with 1 if something is wrong. */
export const doctor: Command<DoctorOptions, readonly [string | undefined]> = async (
  context,
  options,
  app,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const host = openDokku(context)
  const facts = await inspectHost(context, host, await oneOrAllApps(host.dokku, app))
  return showFindings(context, checkAll(facts), options.format) ? EXIT.ok : EXIT.failure
}
