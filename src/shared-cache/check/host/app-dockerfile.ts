import { join } from 'node:path'
import type { Server } from '../../apps/host/server'
import type { DockerfileSource } from '../../dockerfile/host/dockerfile'
import { KnownError } from '../../../foundation/core/errors'

/** The Dockerfile of an app, and its commit. */
export interface AppDockerfile extends DockerfileSource {
  /** Such as `branch main, commit 3f2a1b9`. */
  readonly origin: string
  /** The deployed commit, abbreviated, if it is a different one; null otherwise. */
  readonly deployed: string | null
}

/** Runs git in the app's repository. */
type Git = (
  ...args: readonly string[]
) => Promise<{ readonly exit: number; readonly stdout: string }>

/** A property of a Dokku plugin: the app's own, else the global one; '' if neither is set. */
function property(server: Server, app: string, plugin: string, key: string): string {
  const { properties } = server.dokku
  return properties.get(app, key, plugin) || properties.get('--global', key, plugin) || ''
}

/** The full ID of a commit; null if the repository does not have it. */
async function commitOf(git: Git, name: string): Promise<string | null> {
  const { exit, stdout } = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`)
  return exit === 0 ? stdout.trim() : null
}

/**
 * The commit that was deployed last; null if unknown. A push records it when its build has succeeded;
 * other deploys only set a variable of the app (git property `rev-env-var`).
 */
async function deployedCommit(server: Server, app: string, git: Git): Promise<string | null> {
  const { properties } = server.dokku
  const pushed =
    properties.get(app, 'deploy-source', 'apps') === 'git-push'
      ? properties.get(app, 'deploy-source-metadata', 'apps')
      : undefined
  const variable = properties.get(app, 'rev-env-var', 'git') ?? 'GIT_REV'
  const revision = pushed ?? (variable === '' ? undefined : (await server.dokku.env(app))[variable])
  return revision && /^[0-9a-f]{40,64}$/.test(revision) ? commitOf(git, revision) : null
}

/**
 * Reads the Dockerfile that the next build of an app uses, from its deploy branch. The HEAD of Dokku's
 * repository stays at `master` whatever branch is deployed. Throws KnownError if the branch or the file
 * is missing.
 */
export async function readAppDockerfile(server: Server, app: string): Promise<AppDockerfile> {
  const directory = join(server.platform.dokkuRoot, app)
  const git: Git = (...args) => server.runner.read('git', ['-C', directory, ...args])
  const branch = property(server, app, 'git', 'deploy-branch') || 'master'
  const [onBranch, onTag, deployed] = await Promise.all([
    commitOf(git, `refs/heads/${branch}`),
    commitOf(git, `refs/tags/${branch}`),
    deployedCommit(server, app, git),
  ])
  const pushed = onBranch ?? onTag
  const commit = pushed ?? deployed
  if (commit === null) {
    throw new KnownError(`${app} has no commit on its deploy branch ${branch}`, {
      hint: `Push to it, or change it with \`dokku git:set ${app} deploy-branch BRANCH\`, or name the path of a Dockerfile.`,
    })
  }
  const folder = property(server, app, 'builder', 'build-dir').replace(/^\/+|\/+$/g, '')
  const path = property(server, app, 'builder-dockerfile', 'dockerfile-path') || 'Dockerfile'
  const name = join(folder, path)
  const short = commit.slice(0, 7)
  const origin = pushed === null ? `commit ${short}` : `branch ${branch}, commit ${short}`
  const shown = await git('show', `${commit}:${name}`)
  if (shown.exit !== 0) {
    throw new KnownError(`There is no ${name} in ${app} (${origin})`, {
      hint: 'Name the path of a Dockerfile, or deploy one.',
    })
  }
  const listed = await git('ls-tree', '--name-only', `${commit}:${folder}`)
  return {
    name,
    text: `${shown.stdout}\n`,
    files: new Set(listed.stdout.split('\n')),
    origin,
    deployed: deployed === null || deployed === commit ? null : deployed.slice(0, 7),
  }
}
