import type { CacheSpec } from './catalogue'
import { digest } from './digest'

/** An image that a stage of a Dockerfile begins with, as the file names it. */
export interface BaseImage {
  readonly reference: string
  /** `--platform` of the FROM, '' without one. */
  readonly platform: string
}

/**
 * Name of the device for a cache in a stage that begins with a base image. It is in the key of the
 * layer, so it never changes: what it stands for does. A cache with nothing built in it is one
 * device for all; else null where the base is not known.
 */
export function deviceName(
  cache: CacheSpec,
  reference: string | null,
  platform: string,
): string | null {
  if (cache.built.length === 0) return cache.name
  return reference === null ? null : `${cache.name}-${digest(`${reference}\n${platform}`)}`
}
