import { formatGiven, parseGiven } from '../apps/core/record'
import { keysFor } from '../settings/core/settings'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * A clone or a new name: `post-create` has already given the new app what a new app gets, and
 * Dokku's own plugins put the old app's mounts and variables over it. Both records are kept, so that
 * whatever is there afterwards is known as given. Before any deploy of the new app.
 */
export async function copyRecord(context: Context, oldApp: string, newApp: string): Promise<void> {
  const server = openServer(context)
  if (!isSetUp(server)) return
  const { properties } = server.dokku
  const from = properties.all(oldApp)
  for (const key of keysFor('app')) {
    const value = from[key]
    if (value) await properties.set(newApp, key, value)
    else await properties.unset(newApp, key)
  }
  const pending = parseGiven(newApp, properties.get(newApp, 'given')).given
  const { given } = parseGiven(oldApp, from['given'])
  await properties.set(newApp, 'given', formatGiven({ given, pending }))
}

/** Brings the new app to its plan when Dokku has finished copying. */
export async function settleCopy(context: Context, _oldApp: string, newApp: string): Promise<void> {
  const server = openServer(context)
  if (isSetUp(server)) await applyTo(server, newApp)
}
