import type { Volume } from '../volumes/core/volume'
import type { RemoveStep } from './core/plan'

/** What a step does, in one line. `directory` is that of the volume. */
export function removeText(step: RemoveStep, { app, entry }: Volume, directory: string): string {
  switch (step.kind) {
    case 'unmount':
      return `unmount it from ${step.mount.containerPath}`
    case 'unset':
      return `unset ${step.name}`
    case 'release':
      return `take it from ${app ?? ''}; its data stays in ${directory}`
    case 'destroy entry':
      return `remove the storage entry ${entry}`
    case 'destroy volume':
      return `remove the Docker volume ${entry}`
    case 'destroy data':
      return `delete ${directory} with all data`
    case 'forget':
      return 'forget its settings'
  }
}

/** What will be lost, for the confirmation. */
export function lossLines(volume: Volume, directory: string, destroy: boolean): readonly string[] {
  const { app, name, path, entry } = volume
  const owner = app ?? volume.formerApp
  const whose = owner === null ? '' : ` of ${owner}`
  if (destroy) {
    return [
      `This command will delete the volume ${name}${whose} with all data in ${directory}.`,
      'It has no backup.',
    ]
  }
  return [
    `This command will take the volume ${name}${whose} away: ${path} is no longer kept.`,
    `Its data stays in ${directory}, as the volume ${entry} without an app.`,
  ]
}
