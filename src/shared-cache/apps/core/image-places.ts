import { CATALOGUE, RUN_CACHES } from '../../catalogue/core/catalogue'
import type { CacheSpec } from '../../catalogue/core/cache-spec'

/** Names of the catalogue's variables. Only these are recorded from an image's environment. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set(
  CATALOGUE.flatMap((cache) => [cache.location.name, ...cache.helpers.map((h) => h.name)]),
)

function below(home: string, cache: CacheSpec): readonly string[] {
  return cache.mounts
    .filter((mount) => mount.kind === 'directory')
    .map((mount) => (mount.path ? `${home}/${mount.path}` : home))
}

/**
 * Paths at which an image may have files that a mount or a variable would hide: the tools' defaults in
 * a container of root, the values of the image's own variables, and the usual paths of browsers.
 * `homes` are the possible home directories of its processes.
 */
export function placesToInspect(
  imageEnv: Readonly<Record<string, string>>,
  homes: readonly string[],
): readonly string[] {
  const places = RUN_CACHES.flatMap((cache) => {
    const own = imageEnv[cache.location.name]
    const baked = cache.bakedPlaces.flatMap((place) =>
      place.startsWith('/') ? [place] : homes.map((home) => `${home}/${place}`),
    )
    return [
      ...below(cache.rootHome, cache),
      ...(own?.startsWith('/') ? below(own.replace(/(.)\/+$/, '$1'), cache) : []),
      ...baked,
    ]
  })
  return [...new Set(places)]
}

/** User ids of people, as distributions assign them; services have lower ones. */
const PEOPLE = { first: 1000, last: 60_000 }

/**
 * Home directories in an `/etc/passwd`: of a user given by name or number, and of users added to the
 * image, because its entry point may change to one of them.
 */
export function homesOf(passwd: string, user: string): readonly string[] {
  const name = user.split(':')[0] || 'root'
  const isPerson = (uid: number) => uid >= PEOPLE.first && uid <= PEOPLE.last
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([login, , uid]) => login === name || uid === name || isPerson(Number(uid)))
    .flatMap((fields) => (fields[5]?.startsWith('/') ? [fields[5].replace(/(.)\/+$/, '$1')] : []))
}
