import type { BrowserFacts } from '../core/playwright'
import { parseGiven, parseSeen } from '../../apps/core/record'
import { seesBrowsers } from '../../apps/core/wanted'
import { cacheNamed } from '../../catalogue/core/catalogue'
import { KnownError } from '../../../foundation/core/errors'
import { appSettings } from '../../properties/core/properties'
import type { Server } from '../../apps/host/server'
import { readAppState } from '../../apps/host/state'
import { copyFromDirectory } from '../../image-copy/host/from-image'
import { callHelper } from '../../../foundation/helper/call'
import { hasBrowser } from '../../directories/host/whole-browsers'
import type { EngineState } from '../../devices/host/engine'
import { browsersGeneration, knownBases, makeDevices } from '../../devices/host/devices'

/**
 * What is known about the browsers of an app's build; null where they certainly go into the image.
 * Changes nothing without `look`, the Engine's state.
 * Throws HelperMissing where the cache has no generation yet.
 */
export async function browserFacts(
  server: Server,
  look: Promise<EngineState> | null,
  app: string,
  text: string,
  target: string,
): Promise<BrowserFacts | null> {
  // A build of another stage than the last has another base image than the one that is looked up.
  if (!/playwright/i.test(text) || target !== '') return null
  // Groups have no devices of browsers.
  if (appSettings(server.dokku.properties.all(app), server.settings).group !== '') return null
  if (look && browsersGeneration(server) === '') await makeDevices(server, (await look).info, [])
  const state = await readAppState(server, app, 'dockerfile')
  return {
    generation: browsersGeneration(server),
    bases: knownBases(server),
    seenIn: (system) => seesBrowsers(state, server.platform.hostRoot, system),
  }
}

/**
 * Copies the browsers of a build to where the app's containers look for them, where the image turned
 * out to be of another system than `built`: the tag of its base image changed. Throws KnownError.
 */
export async function followBrowsers(server: Server, app: string, built: string): Promise<void> {
  const system = parseSeen(app, server.dokku.properties.get(app, 'seen'))?.system ?? ''
  if (system !== '' && system !== built) await copyFromDirectory(server, app, built, system)
}

/** Makes the next build install its browsers again, whatever layers Docker's cache has. */
async function forgetLayers(server: Server): Promise<void> {
  await callHelper(server, 'write', ['generation'])
}

/**
 * Why the containers of an app that was built without its browsers do not find them; null where they
 * do. Where the shared cache has none, the next build installs them again.
 */
export async function missingBrowsers(server: Server, app: string): Promise<string | null> {
  const { properties } = server.dokku
  const system = parseSeen(app, properties.get(app, 'seen'))?.system ?? ''
  const { env } = parseGiven(app, properties.get(app, 'given')).given
  const name = cacheNamed('playwright').location.name
  if (system === '' || !env[name]?.endsWith(`/${system}`)) {
    return `its containers look elsewhere: ${name} is ${env[name] ?? 'not set'}`
  }
  // Finding out which browsers the image needs takes a search of its files, too long for a deploy.
  // After the plugin removes browsers, builds install their own again.
  if (hasBrowser(server, `playwright@${system}`)) return null
  try {
    await forgetLayers(server)
  } catch (error) {
    if (!(error instanceof KnownError)) throw error
  }
  return `the shared cache has none: run dokku ps:rebuild ${app}`
}
