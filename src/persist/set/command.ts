import type { Command } from '../../foundation/cli/command'
import { type SetOptions, readChange, showChange, writeChange } from '../../foundation/cli/set'
import { EXIT } from '../../foundation/core/errors'
import { writeCron } from '../../foundation/dokku/cron'
import { openDokku } from '../../foundation/dokku/open'
import { settingFor } from '../properties/core/properties'

/** Sets a property of an app or of all apps; without a value it is unset. A schedule applies at once. */
export const set: Command<SetOptions, readonly [string[]]> = async (context, options, words) => {
  const { dokku } = openDokku(context)
  const change = await readChange(dokku, options, words, settingFor)
  showChange(context, change)
  await writeChange(dokku, change)
  if (change.spec.key === 'schedule') await writeCron(context.runner)
  return EXIT.ok
}
