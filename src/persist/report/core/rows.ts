import type { Mount } from '../../../foundation/core/app-changes'
import type { Rows } from '../../../foundation/core/properties'

/** The report of one app: the number of its storage mounts, and each as `HOST:CONTAINER[:ro]`. */
export function appRows(mounts: readonly Mount[]): Rows {
  return {
    'mount-count': String(mounts.length),
    mounts: mounts
      .map((one) => [one.hostPath, one.containerPath, ...(one.readonly ? ['ro'] : [])].join(':'))
      .join(' '),
  }
}

/** The rows for all apps. `storageRoot` is Dokku's storage directory. */
export function globalRows(version: string, storageRoot: string): Rows {
  return { 'storage-root': storageRoot, version }
}
