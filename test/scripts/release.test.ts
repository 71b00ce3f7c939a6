import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

const ENV = {
  PATH: process.env['PATH'],
  // npm writes its logs there.
  HOME: mkdtempSync(join(tmpdir(), 'release-home-')),
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

/** Builds plugins with one shim, and one file with the name and version of the plugin. */
const BUILD = `
for plugin in shared-cache persist; do
  mkdir -p dist/dokku-$plugin-$1/subcommands
  echo "$plugin $1" > dist/dokku-$plugin-$1/version
  cp shim dist/dokku-$plugin-$1/subcommands/setup
done
`

afterAll(() => rmSync(ENV.HOME, { recursive: true }))

describe('scripts/release', () => {
  let repo: string
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: repo, env: ENV, encoding: 'utf8' }).trim()
  const release = () => {
    const done = spawnSync('scripts/release', { cwd: repo, env: ENV, encoding: 'utf8' })
    return { exit: done.status, said: (done.stdout + done.stderr).trim() }
  }
  const setVersion = (version: string) => {
    const scripts = { build: `sh build.sh ${version}` }
    writeFileSync(join(repo, 'package.json'), JSON.stringify({ version, scripts }))
    git('add', '--all')
    git('commit', '--quiet', '--message', version)
  }

  beforeEach(() => {
    repo = mkdtempSync(join(tmpdir(), 'release-'))
    git('init', '--quiet', '--initial-branch', 'main')
    mkdirSync(join(repo, 'scripts'))
    cpSync('scripts/release', join(repo, 'scripts/release'))
    writeFileSync(join(repo, '.gitignore'), 'dist/\n')
    writeFileSync(join(repo, 'build.sh'), BUILD)
    writeFileSync(join(repo, 'shim'), '#!/bin/sh\n')
    chmodSync(join(repo, 'shim'), 0o755)
    setVersion('1.0.0')
  })
  afterEach(() => rmSync(repo, { recursive: true }))

  it('has the content of the plugin folder at the root of the branch, programs executable', () => {
    expect(release().exit).toBe(0)
    expect(git('ls-tree', '-r', '--format=%(objectmode) %(path)', 'release').split('\n')).toEqual([
      '100755 subcommands/setup',
      '100644 version',
    ])
  })

  it('names the version and the source in the commit', () => {
    release()
    const head = git('rev-parse', 'main')
    expect(git('log', '--format=%s%n%b', 'release')).toBe(`Release 1.0.0\nBuilt from ${head}`)
  })

  it('does not change what is checked out', () => {
    release()
    expect(git('status', '--porcelain')).toBe('')
    expect(git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main')
    expect(readFileSync(join(repo, 'shim'), 'utf8')).toBe('#!/bin/sh\n')
  })

  it('makes no new commit for the same plugin', () => {
    release()
    const before = git('rev-parse', 'release')
    git('commit', '--quiet', '--allow-empty', '--message', 'docs')
    const { exit, said } = release()
    expect(exit).toBe(0)
    expect(said.split('\n')[0]).toBe(`release has version 1.0.0 already: ${before.slice(0, 10)}`)
    expect(git('rev-parse', 'release')).toBe(before)
  })

  it('adds a commit for another plugin, so that plugin:update can follow', () => {
    release()
    const before = git('rev-parse', 'release')
    setVersion('1.1.0')
    expect(release().exit).toBe(0)
    expect(git('rev-parse', 'release^')).toBe(before)
    expect(git('show', 'release:version')).toBe('shared-cache 1.1.0')
  })

  it.each([
    ['release', 'shared-cache'],
    ['release-shared-cache', 'shared-cache'],
    ['release-persist', 'persist'],
  ])('the branch %s is the plugin %s', (branch, plugin) => {
    release()
    expect(git('show', `${branch}:version`)).toBe(`${plugin} 1.0.0`)
  })

  it('follows the branch of the remote in a fresh clone', () => {
    release()
    const before = git('rev-parse', 'release')
    git('update-ref', 'refs/remotes/origin/release', before)
    git('branch', '--quiet', '--delete', '--force', 'release')
    setVersion('1.1.0')
    release()
    expect(git('rev-parse', 'release^')).toBe(before)
  })

  it('rejects uncommitted changes', () => {
    writeFileSync(join(repo, 'shim'), 'changed')
    expect(release()).toEqual({
      exit: 1,
      said: '!     There are changes that are not committed: a release is made from a commit',
    })
    expect(git('branch', '--list', 'release')).toBe('')
  })

  it('fails while the branch is checked out', () => {
    git('switch', '--quiet', '--create', 'release')
    expect(release()).toEqual({
      exit: 1,
      said: '!     The branch release is checked out: switch to another one first',
    })
  })
})
