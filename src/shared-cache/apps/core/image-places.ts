import { CATALOGUE, type CacheSpec, RUN_CACHES } from '../../catalogue/core/catalogue'

/** Names of the variables that the catalogue knows; all that is kept of an image's environment. */
export const KNOWN_VARIABLES: ReadonlySet<string> = new Set(
  CATALOGUE.flatMap((cache) => [cache.location.name, ...cache.helpers.map((h) => h.name)]),
)

function below(home: string, cache: CacheSpec): readonly string[] {
  return cache.mounts
    .filter((mount) => mount.kind === 'directory')
    .map((mount) => (mount.path ? `${home}/${mount.path}` : home))
}

/**
 * Places at which an image may hold what a mount or a variable would hide: where the tools look in a
 * container of root, where the image itself says, and where browsers are baked in. `homes` are the
 * home directories that its processes may have.
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

/** Numbers of people, as distributions give them; those below belong to services. */
const PEOPLE = { first: 1000, last: 60_000 }

/**
 * Home directories in an `/etc/passwd` that belong to a user given by name or number, or to one that
 * was added to the image: its entry point may change to that one.
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
