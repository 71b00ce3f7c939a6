import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { Failure, type File, type Files, confirmDestruction, flag, goJson, log } from './dokku'
import { parseFlags, paths } from './dokku'
import { UNNAMED, allApps, validateApp, verifyApp } from './names'
import { trigger } from './plugn'
import { properties } from './properties'
import { report } from './report'

function exists(app: string): boolean {
  return existsSync(paths.app(app))
}

/** Clones and renames check the same things, in the same order. */
function verifyPair(from: string, to: string): void {
  if (from === '') throw new Failure(UNNAMED)
  if (to === '') throw new Failure('Please specify an new app name')
  verifyApp(from)
  validateApp(to)
  if (exists(to)) throw new Failure('Name is already taken')
}

function create(app: string): void {
  validateApp(app)
  if (exists(app)) throw new Failure('Name is already taken')
  log.info1Quiet(`Creating ${app}...`)
  mkdirSync(paths.app(app), { recursive: true, mode: 0o755 })
  properties.set('apps', app, 'created-at', String(Math.floor(Date.now() / 1000)))
  trigger('post-create', app)
}

function destroy(app: string): void {
  if (process.env['DOKKU_APPS_FORCE_DELETE'] !== '1') confirmDestruction(app, 'app')
  log.info1(`Destroying ${app} (including all add-ons)`)
  const scheduler = 'docker-local'
  trigger('pre-delete', app, 'latest')
  trigger('scheduler-stop', scheduler, app, 'true')
  trigger('scheduler-cron-write', scheduler, app)
  trigger('scheduler-post-delete', scheduler, app, 'latest')
  trigger('scheduler-cron-write', scheduler, app)
  trigger('post-delete', app, 'latest')
  log.info1('Cleaning up...')
  log.info1('Retiring old containers and images')
  rmSync(paths.app(app), { recursive: true, force: true })
}

const pairFlags = { 'skip-deploy': false, 'ignore-existing': false }

const clone: File = (_, ...given) => {
  const flags = parseFlags(given, pairFlags)
  const [from = '', to = ''] = flags.args
  verifyPair(from, to)
  log.info1Quiet(`Cloning ${from} to ${to}`)
  create(to)
  trigger('post-app-clone-setup', from, to)
  process.env['SKIP_REBUILD'] = 'true'
  trigger('post-app-clone', from, to)
  return 0
}

const rename: File = (_, ...given) => {
  const [from = '', to = ''] = parseFlags(given, pairFlags).args
  verifyPair(from, to)
  log.info1Quiet(`Renaming ${from} to ${to}`)
  create(to)
  trigger('post-app-rename-setup', from, to)
  process.env['DOKKU_APPS_FORCE_DELETE'] = '1'
  destroy(from)
  process.env['SKIP_REBUILD'] = 'true'
  trigger('post-app-rename', from, to)
  return 0
}

const list: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true })
  if (flag(flags, 'format') === 'json') return log.line(goJson(allApps()))
  log.info2Quiet('My Apps')
  const apps = allApps()
  if (apps.length === 0) log.warn("You haven't deployed any applications yet")
  for (const app of apps) log.line(app)
  return 0
}

const appReport: File = (_, ...given) =>
  report('app', given, (app) => ({
    ...(app === '--global'
      ? {}
      : {
          '--app-created-at': properties.get('apps', app, 'created-at'),
          '--app-deploy-source': properties.get('apps', app, 'deploy-source'),
          '--app-deploy-source-metadata': properties.get('apps', app, 'deploy-source-metadata'),
          '--app-dir': paths.app(app),
          '--app-locked': String(existsSync(paths.lib('data', 'apps', app, '.deploy.lock'))),
        }),
    '--app-global-disable-autocreation': properties.get('apps', '--global', 'disable-autocreation'),
  }))

export const appFiles: Files = {
  'apps/subcommands/create': (_, ...args) => create(parseFlags(args, {}).args[0] ?? ''),
  'apps/subcommands/clone': clone,
  'apps/subcommands/rename': rename,
  'apps/subcommands/destroy': (_, ...given) => {
    const flags = parseFlags(given, { force: false })
    const app = flags.args[0] ?? ''
    verifyApp(app)
    if (flag(flags, 'force')) process.env['DOKKU_APPS_FORCE_DELETE'] = '1'
    destroy(app)
    return 0
  },
  'apps/subcommands/list': list,
  'apps/subcommands/exists': (_, app = '') => verifyApp(app),
  'apps/subcommands/report': appReport,
  'apps/app-exists': (app = '') => verifyApp(app),
  'apps/deploy-source-set': (app = '', kind = '', what = '') => {
    properties.set('apps', app, 'deploy-source', kind)
    properties.set('apps', app, 'deploy-source-metadata', what)
    return 0
  },
  'apps/post-app-clone-setup': (from = '', to = '') => properties.clone('apps', from, to),
  'apps/post-app-rename-setup': (from = '', to = '') => {
    properties.clone('apps', from, to)
    properties.destroy('apps', from)
    return 0
  },
  'apps/post-delete': (app = '') => properties.destroy('apps', app),
  'common/app-list': () => {
    for (const app of allApps()) log.line(app)
    return 0
  },
}
