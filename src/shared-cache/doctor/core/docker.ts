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
  const text = `Docker is at ${remoteDocker}: its containers see that host's ${root}, not this one's`
  return finding('fail', 'docker-host', text, 'unset DOCKER_HOST and DOCKER_CONTEXT for Dokku')
}

/** Hosts whose containers have other users, or labels, than the files they are given. */
export const checkSecurity: Check = ({ docker, hostRoot }) => {
  if ('error' in docker) return []
  const has = (name: string) =>
    docker.securityOptions.some((option) => option.split(',').includes(`name=${name}`))
  return [
    ...(has('rootless')
      ? finding(
          'warn',
          'docker-users',
          "Docker runs rootless: root in a container is not the caches' owner, so pip run by root keeps no cache",
          null,
        )
      : []),
    ...(has('userns')
      ? finding(
          'warn',
          'docker-users',
          "Docker maps users (userns-remap): root in a container is not the caches' owner, so pip run by root keeps no cache",
          'dokku docker-options:add APP deploy "--userns=host"',
        )
      : []),
    ...(has('selinux')
      ? finding(
          'warn',
          'selinux',
          'SELinux confines containers: without a label of theirs they may not write the caches',
          `sudo semanage fcontext -a -t container_file_t '${hostRoot}(/.*)?' && sudo restorecon -R ${hostRoot}`,
        )
      : []),
  ]
}

/** What Dokku's own prune at 04:05 does to cache mounts, and whether what was chosen instead is there. */
export const checkNightly: Check = (facts) => {
  const { through, forced, chosen, inPlace } = facts.nightly
  if (through === null) return []
  if (chosen !== 'dokku') {
    if (inPlace) return [ok('nightly-prune', `Dokku's prune at 04:05 is replaced: ${chosen}`)]
    const text = `nightly-prune is ${chosen}, but Dokku's own prune at 04:05 is in place`
    return finding('fail', 'nightly-prune', text, REINSTALL)
  }
  const remedy = typed(facts, 'set --global nightly-prune budget')
  const text = forced
    ? 'Dokku prunes at 04:05 and deletes every cache mount of Docker that is not in use'
    : "Dokku's prune at 04:05 (/etc/cron.d/docker-builder-prune) lacks -f and so prunes nothing"
  return finding('warn', 'nightly-prune', text, remedy)
}

/** Whether Docker's own rules work against the budgets, and can be mended. */
export function needsGc({ gc }: HostFacts): boolean {
  try {
    return gc !== null && gcConflicts(gc.daemon, gc.engine, gc.budgets).length > 0
  } catch (error) {
    if (error instanceof KnownError) return false
    throw error
  }
}

export const checkGc: Check = (facts) => {
  const { gc } = facts
  if (!gc) return []
  let conflicts: readonly string[]
  try {
    conflicts = gcConflicts(gc.daemon, gc.engine, gc.budgets)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
    return finding('warn', 'docker-gc', error.message, 'sudo dockerd --validate')
  }
  if (conflicts.length === 0) {
    return [ok('docker-gc', "Docker's own rules leave room for the budgets")]
  }
  const text = `Docker prunes its build cache by itself: ${conflicts.join('; ')}`
  return finding('warn', 'docker-gc', text, `${typed(facts, 'doctor --fix')}, then restart Docker`)
}
