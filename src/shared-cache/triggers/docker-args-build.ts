import { BUILDPACK_BUILDERS } from '../apps/core/app'
import { isSetUp, openServer } from '../apps/host/server'
import { leftOutLine } from '../dockerfile/deploy-text'
import { buildOptions, readBuildpackBuild, withheldFrom } from './buildpack-build'
import type { Context } from '../../foundation/cli/command'

/**
 * Prints the options that give the caches to the container of a herokuish or pack build. Stdout is for
 * the options: a line for each cache that cannot be used goes to stderr, which the deploy log shows too.
 */
export async function dockerArgsBuild(
  context: Context,
  app: string,
  builder: string,
): Promise<void> {
  if (!BUILDPACK_BUILDERS.includes(builder)) return
  const server = openServer(context)
  if (!isSetUp(server)) return
  const build = await readBuildpackBuild(server, app, builder)
  const { caches, unusable } = await withheldFrom(build)
  for (const each of unusable) context.log.warn(leftOutLine(each))
  process.stdout.write(
    buildOptions(build, caches)
      .map((option) => ` ${option}`)
      .join(''),
  )
}
