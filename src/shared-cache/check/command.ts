import { DEFAULT_CACHES } from '../catalogue/core/catalogue'
import { habitsOf } from '../dockerfile/core/habits'
import { isDockersFrontend, withFrontend } from '../settings/core/frontend'
import { type BuildFacts, type Rewriting, planRewriting } from '../dockerfile/core/rewrite'
import { KnownError } from '../../foundation/core/errors'
import { givesBuilds } from '../settings/core/settings'
import { browserFacts } from '../dockerfile/host/playwright'
import {
  type DockerfileSource,
  buildFacts,
  ownArchitecture,
  readAppDockerfile,
  readBuildOptions,
  readDockerfile,
} from '../dockerfile/host/dockerfile'
import { checkData, diffText, tellCheck } from '../dockerfile/text'
import { checkFormat } from '../../foundation/cli/format'
import { openServer } from '../apps/host/server'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface CheckOptions extends CommonOptions {
  readonly diff?: boolean
  readonly rewrite?: boolean
  readonly format: string
}

interface Subject {
  readonly source: DockerfileSource
  readonly facts: BuildFacts
}

const ANY_APP: BuildFacts = {
  caches: DEFAULT_CACHES,
  browsers: null,
  buildArgs: new Map(),
  architecture: ownArchitecture(),
}

async function appSubject(context: Context, app: string): Promise<Subject | null> {
  const server = openServer(context)
  if (!(await server.dokku.apps()).includes(app)) return null
  const source = await readAppDockerfile(server, app)
  const values = server.dokku.properties.all(app)
  const { buildArgs, target } = await readBuildOptions(server, app)
  const has = givesBuilds(values, server.settings)
  const facts: Partial<BuildFacts> = has ? buildFacts(server, values) : { caches: [] }
  const browsers = facts.caches?.includes('playwright')
    ? await browserFacts(server, null, app, source.text, target)
    : null
  return { source, facts: { ...ANY_APP, ...facts, browsers, buildArgs } }
}

/** An app of that name where Dokku has one; else the file at that path. */
async function findSubject(context: Context, name: string): Promise<Subject> {
  const app = context.platform.kind === 'dokku' ? await appSubject(context, name) : null
  return app ?? { source: readDockerfile(name), facts: ANY_APP }
}

/** The file as it is built, with the line that asks for a frontend which can. */
function printRewritten({ file, text, devices }: Rewriting): number {
  if (!isDockersFrontend(file.syntax)) {
    throw new KnownError(`Its frontend is ${file.syntax ?? ''}, which may know no devices`, {
      hint: "Only files for Docker's own frontend are rewritten.",
    })
  }
  process.stdout.write(devices.length > 0 ? withFrontend(text) : text)
  return 0
}

/**
 * Shows what each step of a Dockerfile gets, or why not, and the habits that defeat caching. Changes
 * nothing. With `--rewrite` the file as it is built, for `docker build -f -`.
 */
export const check: Command<CheckOptions, readonly [string | undefined]> = async (
  context,
  options,
  name,
) => {
  checkFormat(options.format, 'stdout', 'json')
  if (!name) throw new KnownError('Please specify an app or the path of a Dockerfile')
  const { source, facts } = await findSubject(context, name)
  const rewriting = planRewriting(source.text, facts)
  if (options.rewrite) {
    return printRewritten(rewriting)
  }
  if (options.diff) {
    const diff = diffText(source.name, source.text, rewriting.edits)
    if (diff) context.log.plain(diff)
    return 0
  }
  const habits = habitsOf(rewriting, source.files)
  if (options.format === 'json') {
    context.log.plain(JSON.stringify(checkData(source.name, rewriting, habits)))
  } else tellCheck(context.log, source.name, rewriting, habits)
  return 0
}
