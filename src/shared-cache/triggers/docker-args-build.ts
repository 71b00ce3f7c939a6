import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { type Wanted, wantedFor } from '../apps/core/wanted'
import { readAppState } from '../apps/host/state'
import { isWithoutCaches, readLosses } from '../build-records/host/record'
import { type Server, isSetUp, openServer } from '../apps/host/server'
import { unusableCaches } from '../directories/host/usable'
import { leftOutLine } from '../dockerfile/deploy-text'
import { spaceProblem } from '../../foundation/files/disk'
import type { Context } from '../../foundation/cli/command'

/**
 * The caches among the wanted ones whose directories are not right, with a line for each reason. Stdout is
 * for the options: the lines go to stderr, which the deploy log shows too.
 */
async function leftOut(
  { log }: Context,
  server: Server,
  group: string,
  { mounts, directories }: Wanted,
): Promise<ReadonlySet<string>> {
  const caches = [...new Set(mounts.map(({ cache }) => cache))]
  if (caches.length === 0) return new Set()
  const space = await spaceProblem(server.platform.root)
  const unusable =
    space === null
      ? await unusableCaches(server, group, caches, directories)
      : [{ caches, why: space, remedy: 'Run: dokku shared-cache:prune' }]
  for (const each of unusable) log.warn(leftOutLine(each))
  return new Set(unusable.flatMap((each) => each.caches))
}

/** Caches that a build does not get, although the app has them. */
async function withheldFrom(
  context: Context,
  server: Server,
  {
    app,
    builder,
    group,
  }: { readonly app: string; readonly builder: string; readonly group: string },
  all: Wanted,
): Promise<ReadonlySet<string>> {
  if (isWithoutCaches(server, app)) return new Set(all.mounts.map(({ cache }) => cache))
  const lost = readLosses(server, app).filter(({ key }) => key === builder)
  const left = await leftOut(context, server, group, all)
  return new Set([...left, ...lost.map(({ cache }) => cache)])
}

function isAtOneOf(mounts: Wanted['mounts'], value: string): boolean {
  return mounts.some(
    ({ containerPath }) => value === containerPath || value.startsWith(`${containerPath}/`),
  )
}

/**
 * Prints the options that give the caches to the container of a herokuish or pack build. Builds can
 * always write to the caches, with any `run-access`. Variables of the app have priority.
 */
export async function dockerArgsBuild(
  context: Context,
  app: string,
  builder: string,
): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const server = openServer(context)
  if (!isSetUp(server)) return
  const state = await readAppState(server, app, builder)
  const root = server.platform.hostRoot
  const allowed = { ...state.settings, runAccess: 'rw' as const }
  const all = wantedFor({ ...state, settings: allowed }, root, 'build')
  const left = await withheldFrom(context, server, { app, builder, group: allowed.group }, all)
  const caches = allowed.caches.filter((name) => !left.has(name))
  const settings = { ...allowed, caches }
  const without = all.mounts.filter(({ cache }) => left.has(cache))
  const { mounts, env } = wantedFor({ ...state, settings }, root, 'build')
  const [flag, suffix] = builder === 'pack' ? ['--volume', ':rw'] : ['-v', '']
  const options = [
    ...mounts.map((m) => `${flag} ${m.hostPath}:${m.containerPath}${suffix}`),
    ...Object.entries(env)
      .filter(([name]) => state.env[name] === undefined)
      .map(([name, value]) => `--env ${name}=${value}`),
    // Without the mount these variables of the app would name directories that the build cannot make.
    ...Object.entries(all.env)
      .filter(([name, value]) => state.env[name] === value && isAtOneOf(without, value))
      .map(([name, value]) => `--env ${name}=/tmp${value}`),
  ]
  process.stdout.write(options.map((option) => ` ${option}`).join(''))
}
