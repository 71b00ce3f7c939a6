/**
 * The system of an image. Files that a tool built on one system must not be used on another: pip and uv
 * would install a `linux_x86_64` wheel built with glibc on musl, and the reverse.
 */

const SYSTEM = /^[a-z0-9][a-z0-9._+]*-[a-z0-9][a-z0-9._+]*-[a-z0-9_]+-(glibc|musl)$/

/** Whether a text is the name of a system. It is used as the name of a directory. */
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
 * image's architecture; '' if unknown. A system without a version (Debian testing) gets its codename.
 * The last part of Alpine's version is left out: it does not change the libraries.
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

/** Name of the directory of a base image whose system is not known yet. */
export function baseDirectoryName(key: string): string {
  return `base-${key}`
}

/** Whether a text is the name of a base image's directory. */
export function isBaseDirectory(text: string): boolean {
  return BASE.test(text)
}

/** Whether a text is the name of a directory inside a cache: of a system or a base image. */
export function isInnerDirectory(text: string): boolean {
  return isSystem(text) || isBaseDirectory(text)
}
