import { formatBytes } from '../../foundation/output/units'
import type { AdoptPlan, Item } from './core/plan'

function counted(count: number): string {
  return `${count} file${count === 1 ? '' : 's'}`
}

function sourceText({ source, mount, found }: Item): string {
  if (mount === null) return `the anonymous volume ${source.name.slice(0, 12)} (${found.directory})`
  return source.kind === 'volume' ? `the Docker volume ${source.name}` : found.directory
}

/** What an adoption will do: lines for a person. `directoryOf` is the new directory of a volume. */
export function planText(
  { items, skipped, bytes, files }: AdoptPlan,
  directoryOf: (entry: string) => string,
): readonly string[] {
  return [
    ...items.map((item) => {
      const { found, volume } = item
      const size = `${formatBytes(found.bytes)}, ${counted(found.files)}`
      return `${volume.path}: from ${sourceText(item)} (${size}) to ${directoryOf(volume.entry)}, as the volume ${volume.name}`
    }),
    ...skipped.map(({ path, source, reason }) => `${path}: stays as it is (${source}): ${reason}`),
    ...(items.length > 1 ? [`in all ${formatBytes(bytes)}, ${counted(files)}`] : []),
  ]
}

/** Where the old data of a volume is now, and how to delete it. */
export function leftoverText(item: Item): string {
  const { source, mount, found, volume } = item
  const how =
    source.kind === 'volume'
      ? `docker volume rm ${source.name}`
      : [
          `rm -rf ${found.directory}`,
          ...(mount?.entry?.startsWith('legacy-') === false
            ? [`dokku storage:destroy ${mount.entry}`]
            : []),
        ].join('; ')
  return `The former data of ${volume.path} is still in ${found.directory}. To delete it: ${how}`
}
