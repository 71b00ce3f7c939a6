import type { Mount } from '../../../foundation/core/app-changes'
import type { Rows } from '../../../foundation/core/properties'

/** The report of one app: how many storage mounts it has, and which, as `HOST:CONTAINER[:ro]`. */
export function appRows(mounts: readonly Mount[]): Rows {
  return {
    'mount-count': String(mounts.length),
    mounts: mounts
      .map((one) => [one.hostPath, one.containerPath, ...(one.readonly ? ['ro'] : [])].join(':'))
      .join(' '),
  }
}

/** What is the same for all apps. `storageRoot` is the directory that Dokku keeps storage in. */
export function globalRows(version: string, storageRoot: string): Rows {
  return { 'storage-root': storageRoot, version }
}
