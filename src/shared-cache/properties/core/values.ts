import { FRONTEND } from './frontend'
import { CATALOGUE, DEFAULT_CACHES, findCache, noSuchCache } from '../../catalogue/core/catalogue'
import { KnownError } from '../../../foundation/core/errors'
import { parseSize } from '../../../foundation/core/size'

/** Canonical form of a list of caches: names in the catalogue's order; `default`, `all`, `none`. */
export function parseCaches(value: string): string {
  const chosen = new Set<string>()
  for (const word of value.split(/[\s,]+/).filter(Boolean)) {
    if (word === 'none') continue
    if (word === 'default') DEFAULT_CACHES.forEach((name) => chosen.add(name))
    else if (word === 'all') CATALOGUE.forEach((cache) => chosen.add(cache.name))
    else {
      const cache = findCache(word)
      if (!cache) throw noSuchCache(word)
      chosen.add(cache.name)
    }
  }
  const names = CATALOGUE.filter((cache) => chosen.has(cache.name)).map((cache) => cache.name)
  return names.join(',') || 'none'
}

/** An image by tag or digest. It is used in a command line, so nothing else is allowed. */
export function parseFrontend(value: string): string {
  if (
    /^[a-z0-9][a-z0-9._-]*(?::\d+)?(?:\/[a-z0-9._-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/.test(
      value,
    )
  ) {
    return value
  }
  throw new KnownError(`Invalid value for frontend: ${value}`, {
    hint: `frontend is an image, such as ${FRONTEND}`,
  })
}

/** A size or `off`; throws KnownError for anything else. */
export function parseCopySize(value: string): string {
  const text = value.trim()
  if (text !== 'off') parseSize(text)
  return text.replace(/\s/g, '')
}
