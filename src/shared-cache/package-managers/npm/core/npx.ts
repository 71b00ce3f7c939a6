/**
 * What npx installs: `_npx/HASH` in npm's cache, named by the wanted packages alone. Two Linux systems,
 * or two versions of Node, need different files below the same name, and npm before 11 does not lock it:
 * two npx at once fail.
 */

/**
 * A directory for another system than that of the machine, such as `musl` or `linuxarm64`: without Dokku
 * npm uses one where a person chose an os, cpu or libc. For regular expressions.
 */
export const OTHER_SYSTEM = '(?:[a-z0-9]{3,40}/)?'

const DIRECTORY = /(?:^|\/)_npx\/([0-9a-f]{16})$/
const COMMAND = /\/_npx\/([0-9a-f]{16})\//g

/** The hash of a directory that npx made; undefined for any other path. */
export function npxDirectory(path: string): string | undefined {
  return DIRECTORY.exec(path)?.[1]
}

/** Hashes of the directories that a process runs from, by the text of its command line. */
export function npxIn(commandLine: string): readonly string[] {
  return [...commandLine.matchAll(COMMAND)].map(([, hash = '']) => hash)
}

/** Whether a process may be installing into `_npx`, or run from it. npm changes its own title. */
export function usesNpx(commandLine: string): boolean {
  const words = commandLine.split('\0').filter(Boolean)
  return (
    commandLine.includes('/_npx/') ||
    /^npm (?:exec|x)(?: |$)/.test(words[0] ?? '') ||
    words.slice(0, 2).some((word) => /(?:^|\/)npx(?:-cli\.js)?$/.test(word)) ||
    (words.slice(0, 2).some((word) => /(?:^|\/)npm(?:-cli\.js)?$/.test(word)) &&
      words.slice(1, 4).some((word) => /^(?:exec|x)$/.test(word)))
  )
}

const PLACE = /(\/[^\0]*?\/_npx)\//g
const CACHE = /^npm_config_cache=(\/.*)$/i

/**
 * Paths of `_npx` that a process has, by its command line and environment. They are those of its own
 * file system. Fields end with NUL.
 */
export function npxPlaces(commandLine: string, environment: string): readonly string[] {
  const caches = environment.split('\0').flatMap((pair) => CACHE.exec(pair)?.[1] ?? [])
  return [
    ...[...commandLine.matchAll(PLACE)].map(([, place = '']) => place),
    ...caches.map((cache) => `${cache}/_npx`),
  ]
}
