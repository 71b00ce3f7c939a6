import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setMany } from './config'
import { type Files, log, paths } from './dokku'
import { trigger } from './plugn'

/** Sets a variable like a core plugin: only the trigger prints output. */
export function setQuietly(app: string, values: Record<string, string>): void {
  const before = process.env['DOKKU_QUIET_OUTPUT']
  process.env['DOKKU_QUIET_OUTPUT'] = '1'
  setMany(app, values)
  if (before === undefined) delete process.env['DOKKU_QUIET_OUTPUT']
  else process.env['DOKKU_QUIET_OUTPUT'] = before
}

/** Whether the host has its own domain: then apps get one, and no port. */
function hasDomain(): boolean {
  return existsSync(join(paths.root(), 'VHOST'))
}

function withoutDomain(app: string): void {
  log.info1('Global server virtual host not set, disabling app vhost...')
  setQuietly(app, { NO_VHOST: '1' })
}

function nginx(): void {
  log.info1('Creating http nginx.conf')
  log.verbose('Reloading nginx')
}

function listen(app: string): void {
  log.info1('No port set, setting to random open high port')
  log.info1(`Random port ${32768 + (process.pid % 16384)}`)
  for (let i = 0; i < 2; i += 1) {
    log.warn(`No web listeners specified for ${app}`)
    nginx()
  }
}

/** Output and settings of the plugins for domains, ports and nginx when an app is created or cloned. */
export const proxyFiles: Files = {
  'domains/post-create': (app = '') => {
    if (hasDomain()) log.info1('Creating new app virtual host file...')
    else withoutDomain(app)
  },
  'domains/post-app-clone-setup': (_, to = '') => {
    if (!hasDomain()) setQuietly(to, { NO_VHOST: '1' })
  },
  'nginx-vhosts/post-create': (app = '') => {
    if (!hasDomain()) listen(app)
  },
  'nginx-vhosts/post-app-clone-setup': () => {
    if (!hasDomain()) nginx()
  },
  'cron/scheduler-cron-write': (scheduler = '') => trigger('cron-entries', scheduler),
}
