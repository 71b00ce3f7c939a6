import { readdirSync, readFileSync, statSync } from 'node:fs'
import { codeOf } from '../../../../foundation/files/walker'
import { npxIn, npxPlaces, usesNpx } from '../core/npx'

/** Reads something about a process; undefined if it has ended or this user may not. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return undefined
  }
}

/** A process of this machine, containers included; the arguments of its command line end with NUL. */
interface Process {
  readonly directory: string
  readonly commandLine: string
}

function processes(): readonly Process[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return numbers.flatMap((number) => {
    const directory = `/proc/${number}`
    const commandLine = tryRead(() => readFileSync(`${directory}/cmdline`, 'utf8'))
    return commandLine === undefined ? [] : [{ directory, commandLine }]
  })
}

/** Hashes of the directories of `_npx` that processes run from, in any cache. */
export function runningNpx(): ReadonlySet<string> {
  return new Set(processes().flatMap(({ commandLine }) => npxIn(commandLine)))
}

/**
 * Whether a process runs from a directory `_npx`, or may be installing there. Only root sees this of the
 * processes of other users.
 */
export function isNpxUsed(path: string): boolean {
  const own = tryRead(() => statSync(path))
  if (!own) return false
  return processes().some(({ directory, commandLine }) => {
    if (!usesNpx(commandLine)) return false
    const environment = tryRead(() => readFileSync(`${directory}/environ`, 'utf8')) ?? ''
    return npxPlaces(commandLine, environment).some((place) => {
      const theirs = tryRead(() => statSync(`${directory}/root${place}`))
      return theirs?.dev === own.dev && theirs.ino === own.ino
    })
  })
}
