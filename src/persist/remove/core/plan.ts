import type { Mount } from '../../../foundation/core/app-changes'
import { isMountOf } from '../../volumes/core/plan'
import type { Volume } from '../../volumes/core/volume'

/** What exists of a volume that is removed. */
export interface RemoveFacts {
  /** All mounts of its app; [] without one. */
  readonly mounts: readonly Mount[]
  readonly env: Readonly<Record<string, string>>
  /** Whether there is a storage entry and a Docker volume of its name. */
  readonly hasEntry: boolean
  readonly hasVolume: boolean
}

/** One change. Each can be repeated, so a killed run is completed by the next one. */
export type RemoveStep =
  | { readonly kind: 'unmount'; readonly mount: Mount }
  | { readonly kind: 'unset'; readonly name: string }
  /** From now on the volume has no app. */
  | { readonly kind: 'release' }
  | { readonly kind: 'destroy entry' }
  | { readonly kind: 'destroy volume' }
  | { readonly kind: 'destroy data' }
  | { readonly kind: 'forget' }

/**
 * The steps that take a volume away from its app, and with `destroy` delete it with its data. The record
 * goes last: until then the next run finds what is left.
 */
export function planRemove(
  volume: Volume,
  facts: RemoveFacts,
  destroy: boolean,
): readonly RemoveStep[] {
  const own = facts.mounts.filter((mount) => isMountOf(volume, mount))
  const { variable } = volume
  const isSet = variable !== null && facts.env[variable] === volume.path
  const release: readonly RemoveStep[] = [
    ...own.map((mount): RemoveStep => ({ kind: 'unmount', mount })),
    ...(isSet ? [{ kind: 'unset', name: variable } as const] : []),
    ...(volume.app === null ? [] : [{ kind: 'release' } as const]),
  ]
  if (!destroy) return release
  return [
    ...release,
    ...(facts.hasEntry ? [{ kind: 'destroy entry' } as const] : []),
    ...(facts.hasVolume ? [{ kind: 'destroy volume' } as const] : []),
    { kind: 'destroy data' },
    { kind: 'forget' },
  ]
}

/** The record of a volume that its app gave up. */
export function released(volume: Volume): Volume {
  return { ...volume, app: null, formerApp: volume.app ?? volume.formerApp, variable: null }
}
