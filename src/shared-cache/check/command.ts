import { DEFAULT_CACHES } from '../catalogue/core/catalogue'
import type { NightlyMode } from '../buildkit/core/nightly'
import { readNightly } from '../buildkit/host/nightly'
import { habitsOf } from '../dockerfile/core/habits'
import { isDockersFrontend, withFrontend } from '../properties/core/frontend'
import { type BuildFacts, type Rewriting, planRewriting } from '../dockerfile/core/rewrite'
import { KnownError } from '../../foundation/core/errors'
import { appSettings, effective, givesBuilds } from '../properties/core/properties'
import { unusableFor } from '../dockerfile/host/gate'
import { browserFacts } from '../dockerfile/host/playwright'
import {
  type DockerfileSource,
  buildFacts,
  ownArchitecture,
  readBuildOptions,
  readDockerfile,
} from '../dockerfile/host/dockerfile'
import { type BuildCachePruning, checkData, diffText, tellCheck } from '../dockerfile/text'
import { checkFormat } from '../../foundation/cli/format'
import { type Server, isSetUp, openServer } from '../apps/host/server'
import { type AppDockerfile, readAppDockerfile } from './host/app-dockerfile'
import type { Command, CommonOptions, Context } from '../../foundation/cli/command'

export interface CheckOptions extends CommonOptions {
  readonly diff?: boolean
  readonly rewrite?: boolean
  readonly format: string
}

interface Subject {
  readonly source: DockerfileSource | AppDockerfile
  readonly facts: BuildFacts
  /** The group whose caches the build has. */
  readonly group: string
}

/** What a Dockerfile gets in the build of an app with the default settings. */
const ANY_APP: BuildFacts = {
  caches: DEFAULT_CACHES,
  browsers: null,
  buildArgs: new Map(),
  architecture: ownArchitecture(),
}

async function appSubject(server: Server, app: string): Promise<Subject | null> {
  if (!(await server.dokku.apps()).includes(app)) return null
  const source = await readAppDockerfile(server, app)
  const values = server.dokku.properties.all(app)
  const { buildArgs, target } = await readBuildOptions(server, app)
  const has = givesBuilds(values, server.settings)
  const facts: Partial<BuildFacts> = has ? buildFacts(server, values) : { caches: [] }
  const browsers = facts.caches?.includes('playwright')
    ? await browserFacts(server, null, app, source.text, target)
    : null
  const { group } = appSettings(values, server.settings)
  return { source, facts: { ...ANY_APP, ...facts, browsers, buildArgs }, group }
}

/** The Dockerfile of the app with this name, or the file at this path if there is no such app. */
async function findSubject(server: Server | null, name: string): Promise<Subject> {
  const app = server ? await appSubject(server, name) : null
  return app ?? { source: readDockerfile(name), facts: ANY_APP, group: '' }
}

function buildCachePruning(server: Server | null): BuildCachePruning {
  if (!server) return 'not by Dokku'
  const chosen = effective('nightly-prune', {}, server.settings) as NightlyMode
  const { through, forced } = readNightly(chosen)
  return chosen === 'dokku' && through !== null && forced ? 'every night' : 'not by Dokku'
}

/** Prints the file as it is built, with a `# syntax=` line for a frontend that supports devices. */
function printRewritten({ file, text, devices }: Rewriting): number {
  if (!isDockersFrontend(file.syntax)) {
    throw new KnownError(
      `The file sets the frontend ${file.syntax ?? ''}, which may not support devices`,
      { hint: "Only files for Docker's own frontend (docker/dockerfile) are rewritten." },
    )
  }
  process.stdout.write(devices.length > 0 ? withFrontend(text) : text)
  return 0
}

/** What is checked, such as `Dockerfile (branch main, commit 3f2a1b9)`. */
function titleOf(source: Subject['source']): string {
  return 'origin' in source ? `${source.name} (${source.origin})` : source.name
}

/**
 * Shows which caches each step of a Dockerfile uses, or why not, and how the file could use them
 * better. Changes nothing. `--rewrite` prints the file as it is built, for `docker build -f -`.
 */
export const check: Command<CheckOptions, readonly [string | undefined]> = async (
  context: Context,
  options,
  name,
) => {
  checkFormat(options.format, 'stdout', 'json')
  if (!name) throw new KnownError('Please specify an app or the path of a Dockerfile')
  const server = context.platform.kind === 'dokku' ? openServer(context) : null
  const { source, facts, group } = await findSubject(server, name)
  const rewriting = planRewriting(source.text, facts)
  if (options.rewrite) return printRewritten(rewriting)
  if (options.diff) {
    const diff = diffText(source.name, source.text, rewriting.edits)
    if (diff) context.log.plain(diff)
    return 0
  }
  const habits = habitsOf(rewriting, source.files)
  const pruning = buildCachePruning(server)
  const unusable = server && isSetUp(server) ? await unusableFor(server, rewriting, group) : []
  if (options.format === 'json') {
    context.log.plain(JSON.stringify(checkData(source.name, rewriting, habits, pruning, unusable)))
    return 0
  }
  tellCheck(context.log, titleOf(source), rewriting, habits, pruning, unusable)
  if ('deployed' in source && source.deployed !== null) {
    context.log.detail(`This is the file of the next build: commit ${source.deployed} is deployed`)
  }
  return 0
}
