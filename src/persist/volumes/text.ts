import { formatBytes } from '../../foundation/output/units'
import type { Step } from './core/plan'
import type { OwnerRule, User, Volume } from './core/volume'

/** An owner as a person writes it. */
export function ownerText(owner: OwnerRule): string {
  return typeof owner === 'object' ? userText(owner) : owner
}

function userText({ uid, gid }: User): string {
  return `${uid}:${gid}`
}

function ownership(owner: User | null, mode: string | null): string {
  const parts = [
    ...(owner ? [`for the user ${userText(owner)}`] : []),
    ...(mode === null ? [] : [`with the mode ${mode}`]),
  ]
  return parts.length > 0 ? `, ${parts.join(', ')}` : ''
}

/** What a step does, in one line. `directory` is that of the volume. */
function stepText(step: Step, { entry, path, app }: Volume, directory: string): string {
  switch (step.kind) {
    case 'record':
      return 'save its settings'
    case 'directory':
      return `create the directory ${directory}${ownership(step.owner, step.mode)}`
    case 'fill':
      return `copy what the image has at ${path}${ownership(step.owner, step.mode)}`
    case 'owner':
      return `change the owner of ${directory} and all files in it${ownership(step.owner, step.mode)}`
    case 'limit':
      return step.bytes === null ? 'remove its limit' : `limit it to ${formatBytes(step.bytes)}`
    case 'volume':
      return `${step.replace ? 'replace' : 'create'} the Docker volume ${entry}`
    case 'entry':
      return `create the storage entry ${entry}`
    case 'detach':
      return `unmount it from ${step.mount.containerPath}`
    case 'attach':
      return `mount it at ${path} in ${app ?? ''}`
    case 'set':
      return `set ${step.name}=${step.value}`
    case 'unset':
      return `unset ${step.name}`
  }
}

/** The lines of a plan. Saving settings is shown only where nothing else changes. */
export function planLines(
  steps: readonly Step[],
  volume: Volume,
  directory: string,
): readonly string[] {
  const visible = steps.filter(({ kind }) => kind !== 'record')
  const shown = visible.length > 0 ? visible : steps.slice(0, 1)
  return shown.map((step) => stepText(step, volume, directory))
}

/** Whether the limit of a volume is enforced, in one line; [] if it has none. */
export function limitLines({ size }: Volume, watched: string | null): readonly string[] {
  if (size === null) return []
  const limit = `The limit of ${formatBytes(size)} is`
  return watched === null
    ? [`${limit} enforced by the file system`]
    : [`${limit} watched, not enforced: ${watched}`]
}
