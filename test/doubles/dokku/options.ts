import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyApp } from './names'
import { Failure, type File, type Files, isOlder, log, paths } from './dokku'
import { properties } from './properties'

const PLUGIN = 'docker-options'
const DEFAULT = '_default_'

const olderFile = (app: string, phase: string) =>
  join(paths.app(app), `DOCKER_OPTIONS_${phase.toUpperCase()}`)

/** Docker options of an app, for all of its processes. */
export function options(app: string, phase: string): string[] {
  if (!isOlder()) return properties.list(PLUGIN, app, `${DEFAULT}.${phase}`)
  const file = olderFile(app, phase)
  // Reading creates the file.
  if (!existsSync(file)) writeFileSync(file, '')
  return readFileSync(file, 'utf8').split('\n').filter(Boolean)
}

function writeOptions(app: string, phase: string, all: readonly string[]): void {
  const sorted = [...all].sort()
  if (isOlder()) writeFileSync(olderFile(app, phase), sorted.map((line) => `${line}\n`).join(''))
  else properties.writeList(PLUGIN, app, `${DEFAULT}.${phase}`, sorted)
}

export function addOption(app: string, phases: readonly string[], option: string): void {
  for (const phase of phases) writeOptions(app, phase, [...options(app, phase), option])
}

export function removeOption(app: string, phases: readonly string[], option: string): void {
  for (const phase of phases)
    writeOptions(
      app,
      phase,
      options(app, phase).filter((other) => other !== option),
    )
}

const change =
  (deed: typeof addOption): File =>
  (_, app = '', phases = '', ...option) => {
    verifyApp(app)
    const bad = phases.split(',').find((phase) => !['build', 'deploy', 'run'].includes(phase))
    if (bad !== undefined) throw new Failure(`Phase(s) must be one of [build deploy run]`)
    deed(app, phases.split(','), option.join(' '))
    return 0
  }

/** Options that the builder does not support are left out, as in the real plugin. */
function isUnderstood(option: string, phase: string, builder: string): boolean {
  const begins = (...names: string[]) => names.some((name) => option.split(/[ =]/)[0] === name)
  if (option.startsWith('--restart')) return phase === 'deploy'
  if (['dockerfile', 'nixpacks', 'railpack'].includes(builder))
    return !begins('--link', '-v', '--volume')
  return builder !== 'herokuish' || !begins('--file', '--build-args')
}

const dockerArgs =
  (phase: string): File =>
  (app = '', builder = '') => {
    log.raw(readFileSync(0, 'utf8'))
    for (const option of options(app, phase))
      if (isUnderstood(option, phase, builder)) log.raw(` ${option}`)
    return 0
  }

export const optionFiles: Files = {
  'docker-options/subcommands/add': change(addOption),
  'docker-options/subcommands/remove': change(removeOption),
  'docker-options/docker-args-build': dockerArgs('build'),
  'docker-options/docker-args-deploy': dockerArgs('deploy'),
  'docker-options/docker-args-run': dockerArgs('run'),
  'docker-options/post-app-clone-setup': (from = '', to = '') => {
    for (const phase of ['build', 'deploy', 'run']) writeOptions(to, phase, options(from, phase))
    return 0
  },
  'docker-options/post-app-rename-setup': (from = '', to = '') => {
    for (const phase of ['build', 'deploy', 'run']) writeOptions(to, phase, options(from, phase))
    return 0
  },
  'docker-options/post-delete': (app = '') => properties.destroy(PLUGIN, app),
}

/** Before 0.38 every new app had this option among the user's. */
export const olderOptionFiles: Files = {
  'ps/post-create': (app = '') => addOption(app, ['deploy'], '--restart=on-failure:10'),
}
