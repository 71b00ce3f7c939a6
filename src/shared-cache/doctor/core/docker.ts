import { KnownError } from '../../../foundation/core/errors'
import { type Check, type HostFacts, REINSTALL, finding, ok, typed } from './findings'
import { gcConflicts } from '../../buildkit/core/gc'

export const checkDocker: Check = ({ kind, docker }) => {
  if (!('error' in docker)) return [ok('docker', `Docker ${docker.version}`)]
  const status = kind === 'dokku' ? 'fail' : 'warn'
  return finding(status, 'docker', docker.error, 'sudo systemctl start docker')
}

export const checkRemote: Check = ({ kind, remoteDocker, root }) => {
  if (remoteDocker === null || kind === 'local') return []
  const text = `Docker runs on another machine (${remoteDocker}): its containers cannot see ${root} of this one`
  return finding('fail', 'docker-host', text, 'unset DOCKER_HOST and DOCKER_CONTEXT for Dokku')
}

/** Engines whose containers have other user IDs, or other labels, than the files of the caches. */
export const checkSecurity: Check = ({ docker, hostRoot }) => {
  if ('error' in docker) return []
  const has = (name: string) =>
    docker.securityOptions.some((option) => option.split(',').includes(`name=${name}`))
  const notOwner =
    'root in a container does not own the caches, so pip run by root does not use its cache'
  return [
    ...(has('rootless')
      ? finding('warn', 'docker-users', `Docker runs rootless: ${notOwner}`, null)
      : []),
    ...(has('userns')
      ? finding(
          'warn',
          'docker-users',
          `Docker maps user IDs (userns-remap): ${notOwner}`,
          'dokku docker-options:add APP deploy "--userns=host"',
        )
      : []),
    ...(has('selinux')
      ? finding(
          'warn',
          'selinux',
          'SELinux is on: containers cannot write the caches without a label for them',
          `sudo semanage fcontext -a -t container_file_t '${hostRoot}(/.*)?' && sudo restorecon -R ${hostRoot}`,
        )
      : []),
  ]
}

/**
 * Whether Dokku's nightly prune of Docker's build cache matches the property `nightly-prune`. The
 * default keeps Dokku's prune, which never touches the shared caches: no warning.
 */
export const checkNightly: Check = ({ nightly }) => {
  const { through, forced, chosen, inPlace } = nightly
  if (through === null) return []
  if (chosen === 'dokku') {
    const text = forced
      ? "Dokku prunes Docker's build cache at 04:05, not the shared caches (nightly-prune is dokku)"
      : "Dokku's own prune at 04:05 has no effect on this host: its command lacks -f"
    return [ok('nightly-prune', text)]
  }
  if (inPlace) {
    return [ok('nightly-prune', `Dokku's prune at 04:05 is replaced (nightly-prune is ${chosen})`)]
  }
  const text = `nightly-prune is ${chosen}, but Dokku's own prune at 04:05 is still installed`
  return finding('fail', 'nightly-prune', text, REINSTALL)
}

interface Conflicts {
  readonly conflicts: readonly string[]
  readonly error: string | null
}

/** Docker's own rules that remove what the plugin's budgets would keep, or why they are not known. */
function conflictsOf({ gc }: HostFacts): Conflicts {
  try {
    const conflicts = gc ? gcConflicts(gc.daemon, gc.engine, gc.budgets) : []
    return { conflicts, error: null }
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return { conflicts: [], error: error.message }
  }
}

/** Whether `doctor --fix` writes a rule to Docker's `daemon.json`: only for budgets that a user set. */
export function needsGc(facts: HostFacts): boolean {
  return facts.gc?.isConfigured === true && conflictsOf(facts).conflicts.length > 0
}

/**
 * Docker removes records of its build cache by its own rules. That is a warning only if a user
 * configured what the build cache keeps, and Docker removes more: the defaults of both work together.
 */
export const checkGc: Check = (facts) => {
  if (!facts.gc) return []
  const { conflicts, error } = conflictsOf(facts)
  if (error !== null) return finding('warn', 'docker-gc', error, 'sudo dockerd --validate')
  if (conflicts.length === 0) {
    return [ok('docker-gc', "Docker's own rules for its build cache allow what the budgets keep")]
  }
  if (!facts.gc.isConfigured) {
    return [
      ok('docker-gc', "Docker's own rules for its build cache apply first (no budget is set)"),
    ]
  }
  const text = `Docker's own rules remove more of its build cache than your settings: ${conflicts.join('; ')}`
  return finding('warn', 'docker-gc', text, `${typed(facts, 'doctor --fix')}, then restart Docker`)
}
