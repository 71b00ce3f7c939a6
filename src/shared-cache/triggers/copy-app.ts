import { formatGiven, parseGiven } from '../apps/core/record'
import { keysFor } from '../properties/core/properties'
import { applyTo } from '../apps/host/apply'
import { isSetUp, openServer } from '../apps/host/server'
import type { Context } from '../../foundation/cli/command'

/**
 * Copies the properties of a cloned or renamed app before Dokku's own plugins copy its mounts and
 * variables. `post-create` has already given the new app its caches, so both records are kept: either
 * may describe the result. Runs before any deploy of the new app.
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

/** Applies the plan of the new app after Dokku has copied everything. */
export async function settleCopy(context: Context, _oldApp: string, newApp: string): Promise<void> {
  const server = openServer(context)
  if (isSetUp(server)) await applyTo(server, newApp)
}
