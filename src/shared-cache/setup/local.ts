import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { cacheNamed } from '../catalogue/core/catalogue'
import { codeOf } from '../../foundation/files/walker'
import { toKnownError } from '../../foundation/process/system-error'
import { KnownError } from '../../foundation/core/errors'
import { variablesAt } from '../apps/core/mount-locations'
import { checkDirectories, logDirectories, makeDirectories } from '../apps/host/directories'
import { localCaches } from '../directories/host/names'
import type { CacheProblem } from '../directories/core/problems'
import { parseCaches } from '../properties/core/values'
import type { Context } from '../../foundation/cli/command'

interface LocalSetupOptions {
  readonly dryRun?: boolean
  readonly caches?: string
  readonly format: string
}

interface LocalPlan {
  readonly caches: readonly string[]
  readonly directories: readonly CacheProblem[]
  /** Variables with the paths of the caches, for the tools. */
  readonly env: Readonly<Record<string, string>>
}

function isUsedByDockerfilesAlone(name: string): boolean {
  return cacheNamed(name).usedIn === 'dockerfiles'
}

/**
 * The caches of `--caches`; without it the default ones and those that exist. Throws KnownError for an
 * unknown cache, and for one that only Dockerfile builds can use.
 */
function chooseCaches(context: Context, wanted: string | undefined): readonly string[] {
  if (wanted === undefined)
    return localCaches(context).filter((name) => !isUsedByDockerfilesAlone(name))
  const names = parseCaches(wanted)
    .split(',')
    .filter((name) => name !== 'none')
  const unusable = names.find(isUsedByDockerfilesAlone)
  if (unusable !== undefined && wanted !== 'all') {
    throw new KnownError(`The cache ${unusable} is for Dockerfile builds on a Dokku server`, {
      hint: 'Leave it out of --caches.',
    })
  }
  return names.filter((name) => !isUsedByDockerfilesAlone(name))
}

function variablesOf(root: string, caches: readonly string[]): Readonly<Record<string, string>> {
  const pairs = caches.map(cacheNamed).map((cache) => {
    const home = `${root}/${cache.directory}`
    const own = (cache.withoutDokku?.variables ?? []).map(({ name, value }) => [
      name,
      value.replace('{home}', home),
    ])
    return { ...variablesAt(cache, home, ''), ...(Object.fromEntries(own) as object) }
  })
  return Object.assign({}, ...pairs) as Record<string, string>
}

/** Makes the links by which scripts reach a cache whose variable only its tool reads. */
function makeLinks(root: string, caches: readonly string[]): void {
  for (const { directory, withoutDokku } of caches.map(cacheNamed)) {
    if (!withoutDokku) continue
    try {
      symlinkSync('.', join(root, directory, withoutDokku.link))
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw toKnownError(error, join(root, directory))
    }
  }
}

async function planLocal(context: Context, options: LocalSetupOptions): Promise<LocalPlan> {
  const caches = chooseCaches(context, options.caches)
  const env = variablesOf(context.platform.root, caches)
  return { caches, directories: await checkDirectories(context, caches), env }
}

/**
 * Setup on a machine without Dokku: makes the caches below the root and prints the variables that the
 * tools need. Throws KnownError if apps are named: there are none.
 */
export async function localSetup(
  context: Context,
  options: LocalSetupOptions,
  named: readonly string[],
): Promise<number> {
  if (named.length > 0) {
    throw new KnownError('There is no Dokku on this machine, so there are no apps', {
      hint: 'Run setup without names: it makes the caches of this machine.',
    })
  }
  const { platform, log } = context
  const { root } = platform
  const { dryRun = false } = options
  const json = options.format === 'json'
  const { caches, directories, env } = await planLocal(context, options)
  const changed = directories.length > 0

  if (!json) logDirectories(context, directories)
  if (!json && !changed) log.step('Everything is set up: nothing to change')
  if (!dryRun) {
    await makeDirectories(context, directories, caches)
    makeLinks(root, caches)
  }
  if (json) {
    log.plain(JSON.stringify({ version: 1, dryRun, root, changed, directories, env }))
    return 0
  }
  log.step(`The caches are in ${root}. To use them:`)
  for (const [name, value] of Object.entries(env)) log.plain(`export ${name}='${value}'`)
  return 0
}
