import { parseGiven } from '../apps/core/record'
import { openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * Keeps the mounts and variables of apps, because deploys work with them. Prints the commands that
 * remove them, one line for each app, from the records.
 */
export function uninstall(context: Context): void {
  const { dokku, platform } = openServer(context)
  const lines = dokku.properties.apps().flatMap((app) => {
    const { given } = parseGiven(app, dokku.properties.get(app, 'given'))
    const names = Object.keys(given.env)
    const commands = [
      ...(names.length > 0 ? [`dokku config:unset --no-restart ${app} ${names.join(' ')}`] : []),
      ...given.mounts.map(({ entry, host, container }) =>
        entry
          ? `dokku storage:unmount ${app} ${entry} --container-dir ${container}`
          : `dokku storage:unmount ${app} ${host}:${container}`,
      ),
    ]
    return commands.length > 0 ? [commands.join('; ')] : []
  })
  if (lines.length > 0) {
    context.log.step(
      'The mounts and variables of apps stay. Deploys work with them. To remove them:',
    )
    for (const line of lines) context.log.plain(line)
  }
  context.log.step(`The caches stay as well. To delete them: rm -rf ${platform.root}`)
}
