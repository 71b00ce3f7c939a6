import type { Volume } from '../../volumes/core/volume'

/** Which volumes are wanted. */
export interface Selection {
  /** Those that this app has, or had; all if missing. */
  readonly app: string | undefined
  /** Only those without an app. */
  readonly orphans: boolean
}

/** The app of a volume; null if it has none, or one that does not exist any more. */
function ownerOf({ app }: Volume, apps: readonly string[]): string | null {
  return app !== null && apps.includes(app) ? app : null
}

/**
 * Volumes by app and path; those without an app come last. `apps` are those that exist. With `orphans` an
 * app is the former one.
 */
export function selectVolumes(
  volumes: readonly Volume[],
  apps: readonly string[],
  { app, orphans }: Selection,
): readonly Volume[] {
  const key = (volume: Volume) => {
    const owner = ownerOf(volume, apps)
    const name = owner ?? volume.formerApp ?? volume.app ?? ''
    return [owner === null ? '1' : '0', name, volume.path, volume.entry].join('\0')
  }
  return volumes
    .filter((volume) => {
      const owner = ownerOf(volume, apps)
      if (orphans && owner !== null) return false
      const name = orphans ? (volume.formerApp ?? volume.app) : owner
      return app === undefined || app === name
    })
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
