import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Server } from '../../../../src/shared-cache/apps/host/server'
import { readAppDockerfile } from '../../../../src/shared-cache/check/host/app-dockerfile'
import { makeRunner } from '../../../../src/foundation/process/runner'

let base: string
/** `PLUGIN/APP/KEY` and its value. */
let values: Record<string, string>
let env: Record<string, string>

function git(directory: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com']
  const all = ['-C', directory, ...identity, ...args]
  return execFileSync('git', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
}

/** Pushes a commit with these files to a branch of the app's bare repository. Returns its ID. */
function push(branch: string, files: Record<string, string>): string {
  const work = join(base, 'work')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(work, path, '..'), { recursive: true })
    writeFileSync(join(work, path), text)
  }
  git(work, 'add', '--all')
  git(work, 'commit', '--quiet', '--allow-empty', '--message', branch)
  git(work, 'push', '--quiet', '--force', join(base, 'web'), `HEAD:refs/heads/${branch}`)
  return git(work, 'rev-parse', 'HEAD')
}

const read = () => {
  const properties = {
    get: (app: string, key: string, plugin: string) => values[`${plugin}/${app}/${key}`],
  }
  const server = {
    runner: makeRunner(false),
    platform: { dokkuRoot: base },
    dokku: { properties, env: () => Promise.resolve(env) },
  } as unknown as Server
  return readAppDockerfile(server, 'web')
}

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'app-dockerfile-'))
  values = {}
  env = {}
  mkdirSync(join(base, 'work'))
  git(base, 'init', '--quiet', join(base, 'work'))
  git(base, 'init', '--quiet', '--bare', '--initial-branch=master', join(base, 'web'))
})
afterEach(() => rmSync(base, { recursive: true }))

describe('the Dockerfile of an app is that of its deploy branch', () => {
  test('master, without a property', async () => {
    const commit = push('master', { Dockerfile: 'FROM a\n', 'package.json': '{}' })
    expect(await read()).toEqual({
      name: 'Dockerfile',
      text: 'FROM a\n',
      files: new Set(['Dockerfile', 'package.json']),
      origin: `branch master, commit ${commit.slice(0, 7)}`,
      deployed: null,
    })
  })

  test.each([
    ['the property of the app', { 'git/web/deploy-branch': 'main' }],
    ['the global property', { 'git/--global/deploy-branch': 'main' }],
    [
      'the property of the app before the global one',
      { 'git/web/deploy-branch': 'main', 'git/--global/deploy-branch': 'master' },
    ],
  ])('%s, even with an old master', async (_, properties) => {
    push('master', { Dockerfile: 'FROM old\n' })
    push('main', { Dockerfile: 'FROM new\n' })
    values = properties
    expect(await read()).toMatchObject({ text: 'FROM new\n' })
  })

  test('in the folder and with the name that the app is built with', async () => {
    push('master', { 'web/build.Dockerfile': 'FROM a\n', 'web/uv.lock': '' })
    values = {
      'builder/web/build-dir': '/web/',
      'builder-dockerfile/--global/dockerfile-path': 'build.Dockerfile',
    }
    expect(await read()).toMatchObject({
      name: 'web/build.Dockerfile',
      files: new Set(['build.Dockerfile', 'uv.lock']),
    })
  })
})

describe('the deployed commit', () => {
  const DEPLOYED = { 'apps/web/deploy-source': 'git-push' }

  test('is named if the branch is at another one', async () => {
    const first = push('master', { Dockerfile: 'FROM a\n' })
    push('master', { Dockerfile: 'FROM b\n' })
    values = { ...DEPLOYED, 'apps/web/deploy-source-metadata': first }
    expect(await read()).toMatchObject({ text: 'FROM b\n', deployed: first.slice(0, 7) })
  })

  test('is read from the variable of the app for deploys other than pushes', async () => {
    const first = push('master', { Dockerfile: 'FROM a\n' })
    push('master', { Dockerfile: 'FROM b\n' })
    env = { GIT_REV: first }
    expect(await read()).toMatchObject({ deployed: first.slice(0, 7) })
    env = { REVISION: first }
    values = { 'git/web/rev-env-var': 'REVISION' }
    expect(await read()).toMatchObject({ deployed: first.slice(0, 7) })
    values = { 'git/web/rev-env-var': '' }
    expect(await read()).toMatchObject({ deployed: null })
  })

  test.each(['a'.repeat(40), '--output=x', 'master', ''])(
    'is not a revision that the repository does not have: %j',
    async (revision) => {
      push('master', { Dockerfile: 'FROM a\n' })
      env = { GIT_REV: revision }
      expect(await read()).toMatchObject({ text: 'FROM a\n', deployed: null })
    },
  )

  test('is read if the deploy branch has no commit yet', async () => {
    const commit = push('main', { Dockerfile: 'FROM a\n' })
    env = { GIT_REV: commit }
    expect(await read()).toMatchObject({
      text: 'FROM a\n',
      origin: `commit ${commit.slice(0, 7)}`,
      deployed: null,
    })
  })
})

describe('an app without a Dockerfile', () => {
  test('without a push: the error names the deploy branch', async () => {
    values = { 'git/web/deploy-branch': 'main' }
    await expect(read()).rejects.toThrow('web has no commit on its deploy branch main')
  })

  test('with other files: the error names branch and commit', async () => {
    const commit = push('master', { 'index.html': '' })
    await expect(read()).rejects.toThrow(
      `There is no Dockerfile in web (branch master, commit ${commit.slice(0, 7)})`,
    )
  })
})
