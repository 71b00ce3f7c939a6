import type { BuildsRemedy } from '../devices/core/frontend-remedy'
import { formatList } from '../../foundation/output/list'
import type { Log } from '../../foundation/output/log'
import type { HostStep } from './core/host-steps'

/** What a step does, in a line of the plan. */
function stepText(step: HostStep): string {
  switch (step.kind) {
    case 'crontab':
      return `crontab    add ${step.schedule} dokku shared-cache:scheduled (prunes the caches to their budgets)`
    case 'storage-entries':
      return `storage    create ${formatList(step.names)}`
    case 'cdi':
      return `cdi        write ${step.path} (gives the caches to Dockerfile builds)`
    case 'image':
      return `image      pull ${step.image} (the Dockerfile frontend)`
    case 'container':
      return `container  create ${step.name}, never started (protects the image from docker image prune -a)`
    case 'sccache':
      return `sccache    install version ${step.version}`
  }
}

/** The consequence of a failed step. */
export function failureText(step: HostStep): string {
  switch (step.kind) {
    case 'crontab':
      return 'The crontab entry was not written'
    case 'storage-entries':
      return 'The storage entries were not created'
    case 'cdi':
      return `${step.path} was not written`
    case 'image':
      return `The image ${step.image} was not fetched`
    case 'container':
      return `The container ${step.name} was not created, so docker image prune -a deletes ${step.image}`
    case 'sccache':
      return 'Rust is compiled without a shared cache'
  }
}

/** Logs what setup will do to the host. */
export function logHostSteps(log: Log, steps: readonly HostStep[]): void {
  if (steps.length > 0) log.heading('Host')
  for (const step of steps) log.detail(stepText(step))
}

/** Logs why Dockerfile builds will not use the caches, and the command that fixes it. */
export function warnOfBuilds(log: Log, { problem, command }: BuildsRemedy): void {
  log.warn(problem)
  log.warn(`To fix: ${command}`)
}
