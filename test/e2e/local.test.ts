import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runBundle } from '../support/bundle'

describe('setup without Dokku', () => {
  let root: string
  // Without setfacl and getfacl, which a single user does not need.
  const env = () => ({ PATH: '/nowhere', SHARED_CACHE_ROOT: root })
  const setup = (...words: string[]) => runBundle(['setup', ...words], env())

  beforeEach(() => {
    root = join(mkdtempSync(join(tmpdir(), 'local-')), 'caches')
  })
  afterEach(() => rmSync(join(root, '..'), { recursive: true }))

  test('makes the default caches without messages about ACLs', async () => {
    const { exit, stdout, stderr } = await setup()
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toContain(`export PIP_CACHE_DIR='${root}/pip'`)
    expect(stdout).not.toContain('GOMODCACHE')
    expect(await setup()).toMatchObject({
      exit: 0,
      stderr: '',
      stdout: expect.stringContaining('nothing to change') as string,
    })
  })

  test('npm has a place for each system that it installs for, and the usual one by default', async () => {
    const { stdout } = await setup()
    const value = /^export NPM_CONFIG_CACHE='(.*)'$/m.exec(stdout)?.[1] ?? ''
    expect(value).toBe(`${root}/npm/\${npm_config_os}\${npm_config_cpu}\${npm_config_libc}/`)
    for (const name of ['os', 'cpu', 'libc'])
      expect(stdout).toContain(`\nexport npm_config_${name}=''\n`)
    // To scripts it is the same directory.
    expect(realpathSync(value)).toBe(realpathSync(join(root, 'npm')))
  })

  test('--dry-run makes nothing', async () => {
    expect((await setup('--dry-run')).stdout).toContain('make  pip')
    expect(existsSync(root)).toBe(false)
  })

  test('--caches enables others, and later runs keep them', async () => {
    const { stdout } = await setup('--caches', 'default,pnpm,go')
    expect(stdout).toContain(`export npm_config_store_dir='${root}/pnpm'`)
    expect(stdout).toContain(`export GOMODCACHE='${root}/go/mod'`)
    expect(existsSync(join(root, 'go'))).toBe(true)
    const again = JSON.parse((await setup('--format', 'json')).stdout) as object
    expect(again).toMatchObject({ changed: false, env: { GOMODCACHE: `${root}/go/mod` } })
  })

  test.each([
    [['--caches', 'maven'], 'No cache is called maven'],
    [['--caches', 'sccache'], 'The cache sccache is for Dockerfile builds on a Dokku server'],
    [['app'], 'There is no Dokku on this machine, so there are no apps'],
  ])('%j is rejected', async (words, message) => {
    const { exit, stderr } = await setup(...words)
    expect(exit).toBe(1)
    expect(stderr).toContain(` !     ${message}\n`)
    expect(existsSync(root)).toBe(false)
  })

  test('--help names the option', async () => {
    expect((await runBundle(['setup', '--help'], env())).stdout).toMatch(
      /--caches <names> +without Dokku: which caches, such as default,pnpm,go/,
    )
  })
})
