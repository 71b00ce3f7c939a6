import { existsSync, mkdirSync, rmSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type NightlyMode, dropIn, isChanged, nightlyCron } from '../core/nightly'
import { PLUGIN } from '../../plugin'
import { codeOf } from '../../../foundation/files/walker'
import { putText, readIfThere } from '../../../foundation/files/replace-file'
import { callNow } from '../../../foundation/process/call'

/** The directories to write to. They belong to root, and no other user can write to them. */
interface NightlyPlaces {
  /** `/etc` */
  readonly etc: string
  /** The directory of the root helper, with the script and the copy of Dokku's crontab file. */
  readonly helper: string
}

const SERVICE = 'systemd/system/docker-builder-prune.service'
const DROP_IN = `${SERVICE}.d/dokku-shared-cache.conf`
const CRON = 'cron.d/docker-builder-prune'

/** Writes a file by renaming a temporary file. That has a dot in its name, so cron does not read it. */
function put(path: string, text: string): boolean {
  mkdirSync(dirname(path), { recursive: true })
  return putText(path, text, 0o644)
}

function removeDropIn(path: string): boolean {
  if (!existsSync(path)) return false
  rmSync(path)
  try {
    rmdirSync(dirname(path))
  } catch (error) {
    // The directory has a drop-in of another program.
    if (codeOf(error) !== 'ENOTEMPTY') throw error
  }
  return true
}

function applyToSystemd({ etc, helper }: NightlyPlaces, mode: NightlyMode): boolean {
  const path = join(etc, DROP_IN)
  const text = dropIn(mode, join(helper, 'nightly'))
  if (text === null) return removeDropIn(path)
  return existsSync(join(etc, SERVICE)) && put(path, text)
}

function applyToCron({ etc, helper }: NightlyPlaces, mode: NightlyMode): boolean {
  const path = join(etc, CRON)
  const copy = join(helper, 'docker-builder-prune.cron')
  const now = readIfThere(path)
  if (now === null) return false
  const own = isChanged(now) ? readIfThere(copy) : now
  if (mode === 'dokku') {
    if (own === now) return false
    // Without the copy, the next installation of Dokku writes its file again.
    if (own === null) rmSync(path)
    else put(path, own)
    rmSync(copy, { force: true })
    return true
  }
  const text = own === null ? null : nightlyCron(own, mode, join(helper, 'nightly'))
  if (own === null || text === null) return false
  put(copy, own)
  return put(path, text)
}

const HOST: NightlyPlaces = { etc: '/etc', helper: PLUGIN.helperDirectory }

/** How Dokku runs its nightly prune on this host. */
function kindOf({ etc }: NightlyPlaces): 'systemd' | 'cron' | null {
  if (existsSync(join(etc, SERVICE))) return 'systemd'
  return existsSync(join(etc, CRON)) ? 'cron' : null
}

/** How Dokku runs its nightly prune, and whether the selected mode is applied. */
export function readNightly(mode: NightlyMode, places = HOST) {
  const { etc, helper } = places
  const through = kindOf(places)
  const script = join(helper, 'nightly')
  const inPlace =
    through === 'cron'
      ? isChanged(readIfThere(join(etc, CRON)) ?? '') === (mode !== 'dokku')
      : readIfThere(join(etc, DROP_IN)) === dropIn(mode, script)
  const forced = through === 'systemd' || / (-f|--force)\b/.test(readIfThere(join(etc, CRON)) ?? '')
  return { through, forced, inPlace }
}

/**
 * Replaces Dokku's nightly prune, or restores it. Changes nothing if the mode is already applied.
 * Returns how Dokku runs its prune on this host, and whether anything changed.
 */
export function applyNightly(mode: NightlyMode, places = HOST) {
  const unit = applyToSystemd(places, mode)
  const cron = applyToCron(places, mode)
  if (unit && existsSync('/run/systemd/system')) callNow('systemctl', ['daemon-reload'])
  return { through: kindOf(places), changed: unit || cron }
}
