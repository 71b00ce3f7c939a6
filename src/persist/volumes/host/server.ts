import { dirname, join } from 'node:path'
import type { Context } from '../../../foundation/cli/command'
import { type DokkuHost, openDokku } from '../../../foundation/dokku/open'
import type { Engine } from '../../../foundation/docker/engine'
import { type Records, makeRecords } from './records'

/** A server with Dokku and the volumes of its apps. */
export interface VolumeServer extends DokkuHost {
  readonly records: Records
  readonly engine: () => Promise<Engine>
  readonly now: () => Date
  /** The directory of a volume, as this process sees it, and as Docker sees it. */
  readonly pathOf: (entry: string) => string
  readonly deviceOf: (entry: string) => string
}

/** The volumes of this server. Throws KnownError on a machine without Dokku. */
export function openVolumes(context: Context): VolumeServer {
  const host = openDokku(context)
  const { root, hostRoot } = host.platform
  return {
    ...host,
    records: makeRecords(root),
    engine: context.engine,
    now: context.now,
    pathOf: (entry) => join(dirname(root), 'storage', entry),
    deviceOf: (entry) => join(dirname(hostRoot), 'storage', entry),
  }
}
