import type { Mount } from '../../../foundation/core/app-changes'
import type { Rows } from '../../../foundation/core/properties'
import type { Figures } from '../../usage/core/figures'
import { totalsOf } from '../../usage/core/figures'

/** The storage mounts of an app: their number, and each as `HOST:CONTAINER[:ro]`. */
function mountRows(mounts: readonly Mount[]): Rows {
  return {
    'mount-count': String(mounts.length),
    mounts: mounts
      .map((one) => [one.hostPath, one.containerPath, ...(one.readonly ? ['ro'] : [])].join(':'))
      .join(' '),
  }
}

/** The volumes of an app together. Bytes; '' for what is not known. */
function volumeRows(figures: readonly Figures[]): Rows {
  const { volumes, unmeasured, bytes, files, growthPerDay } = totalsOf(figures)
  const isKnown = unmeasured < volumes
  const days = figures.flatMap(({ daysUntilLimit, daysUntilDiskFull }) =>
    [daysUntilLimit, daysUntilDiskFull].filter((one) => one !== null),
  )
  return {
    'volume-count': String(volumes),
    volumes: figures.map(({ name, path }) => `${name}:${path}`).join(' '),
    'volume-bytes': isKnown ? String(bytes) : '',
    'volume-files': isKnown ? String(files) : '',
    'volume-growth-per-day': growthPerDay === null ? '' : String(growthPerDay),
    'volume-days-until-full': days.length > 0 ? String(Math.min(...days)) : '',
    'volumes-over-limit': figures
      .filter(({ overLimit }) => overLimit)
      .map(({ name }) => name)
      .join(' '),
  }
}

/** The report of one app for scripts: its mounts, its properties and its volumes. */
export function appRows(
  mounts: readonly Mount[],
  settings: Rows,
  figures: readonly Figures[],
): Rows {
  return { ...settings, ...mountRows(mounts), ...volumeRows(figures) }
}

/** The rows for all apps. `storageRoot` is Dokku's storage directory. */
export function globalRows(version: string, storageRoot: string, settings: Rows): Rows {
  return { ...settings, 'storage-root': storageRoot, version }
}
