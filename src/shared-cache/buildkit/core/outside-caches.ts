import type { OutsideReport } from './report'

interface Volume {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly bytes: number | null
}

/**
 * The builder that uses a volume as its cache; null for any other volume.
 * - herokuish: Dokku labels `cache-APP` with app and builder.
 * - pack: `pack-cache-` and the image, with `_` for `/` and `:`, then a hash and its purpose.
 */
function readVolume({ name, labels, bytes }: Volume): OutsideReport | null {
  if (name.startsWith('cache-') && labels['com.dokku.builder-type'] === 'herokuish') {
    return { builder: 'herokuish', name, app: labels['com.dokku.app-name'] ?? null, bytes }
  }
  if (!name.startsWith('pack-cache-')) return null
  const app = /dokku_(.+)_latest-[0-9a-f]+\./.exec(name)?.[1] ?? null
  return { builder: 'pack', name, app, bytes }
}

/**
 * Caches of builders outside of the Engine's BuildKit: volumes of herokuish and pack, and volumes of
 * containers in which railpack runs its own BuildKit (`moby/buildkit`).
 */
export function outsideCaches(
  volumes: readonly Volume[],
  ofBuildkitContainers: readonly string[],
): readonly OutsideReport[] {
  const railpack = new Set(ofBuildkitContainers)
  return volumes
    .flatMap((volume): readonly OutsideReport[] => {
      const { name, bytes } = volume
      if (railpack.has(name)) return [{ builder: 'railpack', name, app: null, bytes }]
      const known = readVolume(volume)
      return known ? [known] : []
    })
    .sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0) || (a.name < b.name ? -1 : 1))
}
