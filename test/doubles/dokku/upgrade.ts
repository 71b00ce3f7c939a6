import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Files, paths } from './dokku'
import { allApps } from './names'
import { properties } from './properties'
import { attachColon } from './storage'

const PHASES = ['build', 'deploy', 'run']

function moveEnv(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  if (existsSync(from)) renameSync(from, to)
}

function takeOptions(app: string, phase: string): string[] {
  const file = join(paths.app(app), `DOCKER_OPTIONS_${phase.toUpperCase()}`)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  rmSync(file)
  return lines
}

function migrateOptions(app: string): void {
  const phases = new Map<string, string[]>()
  for (const phase of PHASES) {
    const options = takeOptions(app, phase)
    const kept = options.filter((option) => phase === 'build' || !option.startsWith('-v '))
    properties.writeList('docker-options', app, `_default_.${phase}`, kept)
    for (const option of options.filter((one) => !kept.includes(one)))
      phases.set(option, [...(phases.get(option) ?? []), phase])
  }
  for (const option of [...phases.keys()].sort())
    attachColon(app, option.slice(3), phases.get(option) ?? [])
  if (phases.size > 0) properties.set('storage', app, 'legacy-mounts-migrated', 'true')
}

/**
 * What the installation of 0.38 does after an older Dokku: it moves variables and docker options to the
 * property store, and converts mounts to entries and attachments.
 */
export const upgradeFiles: Files = {
  'common/install': () => {
    moveEnv(join(paths.root(), 'ENV'), paths.lib('config/--global/ENV'))
    for (const app of allApps()) {
      moveEnv(join(paths.app(app), 'ENV'), paths.lib('config', app, 'ENV'))
      migrateOptions(app)
    }
  },
}
