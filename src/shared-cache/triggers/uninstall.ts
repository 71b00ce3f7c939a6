import { parseGiven } from '../apps/core/record'
import { openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * Uninstalling leaves mounts and variables where they are: they harm no deploy. Says how to take them
 * away, a line for each app, from what was recorded.
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
    context.log.step('Mounts and variables of apps stay, and harm no deploy. To take them away:')
    for (const line of lines) context.log.plain(line)
  }
  context.log.step(`The caches stay as well. To remove them: rm -rf ${platform.root}`)
}
