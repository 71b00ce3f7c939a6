/**
 * The system that an image is of: what a tool builds on one must not be handed to another. pip takes
 * a `linux_x86_64` wheel built with glibc where there is musl, and the reverse; so does uv.
 */

const SYSTEM = /^[a-z0-9][a-z0-9._+]*-[a-z0-9][a-z0-9._+]*-[a-z0-9_]+-(glibc|musl)$/

/** Whether a text names a system: it becomes the name of a directory. */
export function isSystem(text: string): boolean {
  return text.length <= 80 && SYSTEM.test(text)
}

function field(osRelease: string, name: string): string {
  const line = osRelease.split('\n').find((text) => text.startsWith(`${name}=`))
  return (line ?? '')
    .slice(name.length + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, '$2')
    .toLowerCase()
}

/**
 * The name of a system, such as `debian-12-amd64-glibc`, from the text of its os-release and the
 * image's architecture; '' where they do not tell. A system without a version (Debian testing) is
 * named by its codename. Alpine's version is taken without its last part: only the others change the
 * libraries.
 */
export function systemName(osRelease: string, architecture: string, musl: boolean): string {
  const id = field(osRelease, 'ID')
  const version =
    field(osRelease, 'VERSION_ID') || field(osRelease, 'VERSION_CODENAME') || 'rolling'
  const known = id === 'alpine' ? version.split('.').slice(0, 2).join('.') : version
  const name = `${id}-${known}-${architecture}-${musl ? 'musl' : 'glibc'}`.replaceAll('~', '.')
  return isSystem(name) ? name : ''
}

const BASE = /^base-[0-9a-f]{16}$/

/** The directory of a base image whose system nobody has seen yet. */
export function baseDirectoryName(key: string): string {
  return `base-${key}`
}

/** Whether a text names the directory of a base image. */
export function isBaseDirectory(text: string): boolean {
  return BASE.test(text)
}

/** Whether a text names a directory inside a cache: of a system, or of a base image. */
export function isInnerDirectory(text: string): boolean {
  return isSystem(text) || isBaseDirectory(text)
}
