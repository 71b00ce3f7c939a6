/** Where Dokku and Docker keep their files on this server. */
export interface Places {
  /** DOKKU_LIB_ROOT. */
  readonly lib: string
  /** Directory of the apps' repositories. */
  readonly dokku: string
  /** Docker's data directory. */
  readonly docker: string
}

/** Directories of the system itself, never the data of an app. */
const SYSTEM = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/proc', '/run', '/sbin'],
  ...['/sys', '/usr', '/var/run', '/var/lib/dpkg'],
]

const isAtOrBelow = (path: string, above: string) =>
  path === above || path.startsWith(above === '/' ? '/' : `${above}/`)

/** Whether one of two directories is in the other, or both are the same. */
export function overlap(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a)
}

/** Directory of a plain Docker volume of the driver `local`. */
export function dataOfVolume({ docker }: Places, name: string): string {
  return `${docker}/volumes/${name}/_data`
}

/**
 * Why a directory of the host cannot be taken over: null if it can. The path is absolute and has no `.`,
 * `..` and double slashes. Nothing that the system, Docker or Dokku needs is ever copied or switched.
 */
export function refusal(path: string, { lib, dokku, docker }: Places): string | null {
  if (!/^\/(?!.*\/\/)(?!.*\/\.{1,2}(?:\/|$)).*[^/]$/.test(path)) return 'it is not a plain path'
  const system = SYSTEM.find((one) => overlap(path, one))
  if (system) return `${system} belongs to the system`
  if (isAtOrBelow(path, `${lib}/data/shared`)) return 'it is a cache that apps share'
  if (path.startsWith(`${lib}/data/storage/`)) return null
  const own = [lib, dokku].find((one) => overlap(path, one))
  if (own) return `${own} belongs to Dokku`
  return overlap(path, docker) ? `${docker} belongs to Docker` : null
}
