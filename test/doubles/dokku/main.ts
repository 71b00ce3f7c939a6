import { basename, dirname } from 'node:path'
import { spawnSync } from 'node:child_process'
import { Failure, log } from './dokku'
import { dispatch, exportEnvironment } from './dispatch'
import { coreFiles } from './files'
import { countChange } from './kill'
import { runCore, setCoreFiles, triggerExit } from './plugn'

/** `plugn trigger NAME ARGS…` is the only part of plugn that plugins use. */
function plugn(args: readonly string[]): number {
  const [verb, name = '', ...rest] = args
  if (verb !== 'trigger') throw new Failure(`the double of plugn knows only trigger, not ${verb}`)
  return triggerExit(name, rest)
}

/** `sudo [-n] [-u USER] PROGRAM …` runs the program as the user of the tests, in an empty environment. */
function sudo(args: readonly string[]): number {
  const words = [...args]
  while (words[0]?.startsWith('-')) {
    const option = words.shift()
    if (option === '-u' || option === '-g') words.shift()
    if (option === '--') break
  }
  const [program = '', ...rest] = words
  const { status, error } = spawnSync(program, rest, {
    stdio: 'inherit',
    env: { PATH: process.env['PATH'], HOME: '/root', LANG: 'C.UTF-8', SUDO_USER: 'dokku' },
  })
  if (error) log.err(`sudo: ${program}: command not found\n`)
  return status ?? 1
}

/**
 * All programs of the double are this one, called by different names: `dokku`, `plugn`, `sudo`, and
 * each file of a core plugin.
 */
function main(self: string, args: readonly string[]): number {
  const name = basename(self)
  if (name === 'dokku') exportEnvironment(dirname(dirname(self)))
  setCoreFiles(coreFiles())
  if (name === 'dokku') return dispatch(args)
  if (name === 'plugn') return plugn(args)
  if (name === 'sudo') {
    const exit = sudo(args)
    // `sudo -n /usr/local/lib/PLUGIN/helper VERB …`
    const [, helper = '', verb = ''] = args
    countChange(`sudo/${basename(dirname(helper))}/${verb}`, args)
    return exit
  }
  const [, file = ''] = /\/(?:available|enabled)\/(.*)$/.exec(self) ?? []
  const exit = runCore(file, args)
  countChange(file, args)
  return exit
}

try {
  process.exitCode = main(process.argv[1] ?? '', process.argv.slice(2))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  if (error.message) log.warn(error.message)
  process.exitCode = error.exit
}
