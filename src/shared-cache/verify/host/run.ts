import { cacheDirectoryNamed } from '../../directories/core/places'
import type { Damage, Tally } from '../../package-managers/core/task'
import { callHelper, readAsRoot } from '../../../foundation/helper/call'
import { readJsonLines } from '../../../foundation/process/json-lines'
import type { Host } from '../../../foundation/cli/command'
import { realRootOf } from '../../directories/host/caches'
import { type Told, type Verified, verifyDirectory } from './verify'

export interface Listener {
  damage(damage: Damage): void
  progress(tally: Tally): void
}

/**
 * Verifies a cache of this machine: through the root helper on a server with Dokku, or, without the
 * helper, with the rights of this user. Changes nothing. `now` in milliseconds since the epoch. Throws
 * like `verifyDirectory`.
 */
export async function verifyCache(
  host: Host,
  name: string,
  now: number,
  listener: Listener,
): Promise<Verified> {
  const tell = (told: Told) => {
    if ('damage' in told) listener.damage(told.damage)
    else listener.progress(told.progress)
  }
  return readAsRoot(
    host.platform,
    () => throughHelper(host, name, tell),
    () => verifyDirectory(realRootOf(host), cacheDirectoryNamed(name), now, tell),
  )
}

async function throughHelper(
  host: Host,
  name: string,
  tell: (told: Told) => void,
): Promise<Verified> {
  let verified: Verified | undefined
  const onOutput = readJsonLines((line) => {
    const said = line as Told | { readonly verified: Verified }
    if ('verified' in said) verified = said.verified
    else tell(said)
  })
  await callHelper(host, 'read', ['verify', name], { onOutput })
  if (!verified) throw new Error('the root helper printed no result')
  return verified
}
