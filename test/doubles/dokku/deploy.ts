import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { isDeployed, verifyApp } from './names'
import { Failure, type File, type Files, flag, goJson, log, parseFlags } from './dokku'
import { forgetApp, isRunning, runContainer, setRunning, tagImage } from './engine'
import { trigger, triggerExit } from './plugn'
import { properties } from './properties'
import { setQuietly } from './proxies'
import { computed } from './settings'

const REV = '0'.repeat(40)

/** Runs the trigger of all plugins for options of a container, with an empty pipe on stdin like Dokku. */
function dockerArgs(name: string, ...args: string[]): string {
  const piped = ['-c', ': | plugn trigger "$@"', 'sh', name, ...args]
  const { stdout, status } = spawnSync('sh', piped, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Failure('', status ?? 1)
  return stdout
}

function withEnv<T>(values: Record<string, string>, deed: () => T): T {
  const before = process.env
  process.env = { ...before, ...values }
  try {
    return deed()
  } finally {
    process.env = before
  }
}

const WEB_ENV = {
  DOCKER_STOP_TIME_ARG: '-t=30',
  DOKKU_CNB: 'false',
  DOKKU_START_CMD: '',
  DOKKU_WAIT_TO_RETIRE: '60',
}

/** Release and deploy: the second half of a deploy. A restart for new variables runs only this half. */
function release(app: string, builder: string): void {
  const image = `dokku/${app}:latest`
  log.info1(`Releasing ${app}...`)
  trigger('pre-release-builder', builder, app, image)
  trigger('post-release-builder', builder, app, image)
  startContainers(app, builder)
}

/** Starts new containers of the released image: what a restart does. */
function startContainers(app: string, builder: string): void {
  log.info1(`Deploying ${app} via the docker-local scheduler...`)
  const labels = `--label=com.dokku.app-name=${app} --label=com.dokku.container-type=deploy`
  const env = {
    ...WEB_ENV,
    DOCKER_RUN_LABEL_ARGS: labels,
    DOKKU_HEROKUISH: String(builder === 'herokuish'),
  }
  withEnv(env, () => {
    dockerArgs('docker-args-deploy', app, 'latest', 'web')
    dockerArgs('docker-args-process-deploy', app, builder, 'latest', 'web')
    const args = [
      dockerArgs('docker-args-deploy', app, 'latest', 'web', '1'),
      dockerArgs('docker-args-process-deploy', app, builder, 'latest', 'web', '1'),
    ].join(' ')
    const id = runContainer(app, builder, args)
    dockerArgs('post-container-create', 'app', id, app, 'deploy', 'web')
  })
  withEnv({ DOKKU_WAIT_TO_RETIRE: '60' }, () => {
    trigger('core-post-deploy', app, '', '', 'latest')
    trigger('scheduler-cron-write', 'docker-local', app)
    log.info1('Running post-deploy')
    trigger('post-deploy', app, '', '', 'latest')
  })
  properties.set('common', app, 'deployed', 'true')
  log.info2('Application deployed:')
}

/** Herokuish builds get mounts and variables as options; Dockerfile builds do not. */
function build(app: string, builder: string, directory: string, source: string): void {
  log.info1(`Building ${app} from ${builder === 'dockerfile' ? 'Dockerfile' : builder}`)
  trigger('pre-build', builder, app, directory)
  const args = [
    dockerArgs('docker-args-build', app, builder),
    dockerArgs('docker-args-process-build', app, builder),
  ].join(' ')
  properties.set('common', app, 'last-build-args', args.trim())
  if (!tagImage(source, app, builder)) throw new Failure('App build failed')
  withEnv({ GIT_REV: REV, NO_VHOST: '1' }, () => trigger('post-build', builder, app, directory))
}

function deploy(app: string, source: string): void {
  const builder = computed('builder', app, 'selected') || 'dockerfile'
  const directory = mkdtempSync(join(process.env['TMPDIR'] || '/tmp', 'dokku-'))
  const before = process.cwd()
  try {
    process.chdir(directory)
    trigger('core-post-extract', app, directory, REV)
    trigger('post-extract', app, directory, REV)
    trigger('pre-receive-app', app, builder, directory, REV)
    build(app, builder, directory, source)
    release(app, builder)
  } finally {
    process.chdir(before)
    rmSync(directory, { recursive: true, force: true })
  }
}

const fromImage: File = (_, app = '', image = '') => {
  verifyApp(app)
  log.info1('Generating build context')
  log.info1('Image exists on host, skipping pull')
  log.info1('Updating git repository with specified build context')
  // Dokku writes the Dockerfile `FROM NAME`. The name is not resolved.
  if (properties.get('apps', app, 'deploy-source-metadata') === image) {
    log.warn('No changes detected, skipping git commit')
    log.warn("Call 'ps:rebuild' on app to rebuild the app from existing source")
    return 1
  }
  setQuietly(app, { GIT_REV: REV })
  deploy(app, image)
  trigger('deploy-source-set', app, 'docker-image', image)
  return 0
}

const psReport: File = (_, ...given) => {
  const flags = parseFlags(given, { format: true, deployed: false, running: false })
  const app = flags.args[0] ?? ''
  verifyApp(app)
  const state = String(isDeployed(app))
  if (flag(flags, 'format') === 'json') log.line(goJson({ deployed: state, running: state }))
  return 0
}

export const deployFiles: Files = {
  'git/subcommands/from-image': fromImage,
  'ps/subcommands/rebuild': (_, app = '') => {
    verifyApp(app)
    const image = properties.get('apps', app, 'deploy-source-metadata')
    if (!isDeployed(app)) throw new Failure(`App ${app} has not been deployed`)
    deploy(app, image)
    return 0
  },
  'ps/subcommands/report': psReport,
  'ps/subcommands/restart': (_, app = '') => {
    verifyApp(app)
    if (!isDeployed(app)) log.warn(`App ${app} has not been deployed`)
    else startContainers(app, computed('builder', app, 'selected') || 'dockerfile')
    return 0
  },
  'ps/subcommands/stop': (_, app = '') => {
    verifyApp(app)
    setRunning(app, false)
    return 0
  },
  'ps/subcommands/start': (_, app = '') => {
    verifyApp(app)
    // A stopped app gets new containers, with its present mounts.
    if (!isRunning(app)) startContainers(app, computed('builder', app, 'selected') || 'dockerfile')
    return 0
  },
  'run/subcommands/default': (_, app = '') => {
    verifyApp(app)
    dockerArgs('docker-args-run', app, 'latest')
    dockerArgs('docker-args-process-run', app, 'dockerfile', 'latest')
    return triggerExit('scheduler-post-run', ['docker-local', app, REV, '0'])
  },
  'common/release-and-deploy': (app = '') =>
    release(app, computed('builder', app, 'selected') || 'dockerfile'),
  'common/deployed': (app = '') => (isDeployed(app) ? 0 : 1),
  'common/post-delete': (app = '') => {
    forgetApp(app)
    return properties.destroy('common', app)
  },
  '00_dokku-standard/subcommands/report': (_, app = '') => {
    verifyApp(app)
    log.info1('uname: Linux')
    trigger('report', app)
    return 0
  },
}
