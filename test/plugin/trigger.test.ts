import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyScripts } from '../../scripts/plugins.mjs'

let base: string
beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'trigger-'))
  await copyScripts('shared-cache', join(base, 'plugin'))
  mkdirSync(join(base, 'config/shared-cache/--global'), { recursive: true })
  writeFileSync(join(base, 'config/shared-cache/--global/setup'), '1')
  mkdirSync(join(base, 'app'))
})
afterEach(() => rmSync(base, { recursive: true }))

const system = '/usr/bin:/bin'

/** Replaces Node with a program. */
function nodeIs(script: string): string {
  const bin = join(base, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'node'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'node'), 0o755)
  return bin
}

/** A directory with the system's programs for a shim, without Node. */
function withoutNode(): string {
  const bin = join(base, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'bash'), '#!/bin/sh\nexec /bin/bash "$@"\n')
  chmodSync(join(bin, 'bash'), 0o755)
  return bin
}

function fire(name: string, args: readonly string[], path: string) {
  const { status, stdout, stderr } = spawnSync(join(base, 'plugin', name), args, {
    encoding: 'utf8',
    cwd: join(base, 'app'),
    env: { PATH: path, DOKKU_LIB_ROOT: base },
  })
  return { status, stdout, stderr }
}

const build = ['dockerfile', 'app', '/tmp'] as const
const needed = ` !     shared-cache: Node 18.19 or later is needed: run 'sudo apt-get install nodejs', or see https://nodejs.org\n`

describe('a trigger never fails a deploy, and prints the reason in one line', () => {
  test('without Node', () =>
    expect(fire('pre-build', build, withoutNode())).toEqual({
      status: 0,
      stdout: '',
      stderr: needed,
    }))
  test.each(['12.22.12', '16.20.2', '18.13.0', '18.18.2'])('with Node %s', (version) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`
    writeFileSync(join(base, 'old.cjs'), pretend)
    const node = nodeIs(`exec ${process.execPath} -r ${base}/old.cjs "$@"`)
    const { status, stderr } = fire('pre-build', build, `${node}:${system}`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: needed })
  })
  test('without its program', () => {
    rmSync(join(base, 'plugin/trigger.cjs'))
    const { status, stderr } = fire('pre-build', build, `${dirname(process.execPath)}:${system}`)
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: ` !     shared-cache: its program is missing: run 'sudo dokku plugin:install'\n`,
    })
  })
  test.each([
    ['without half of it', null, "Cannot find module './pre-build.cjs'"],
    ['with a damaged one', 'const a = {', 'Unexpected end of input'],
    ['with one that fails', 'setTimeout(() => { throw new Error("no\\nyes") })', 'no'],
  ])('%s', (_, text, why) => {
    if (text !== null) writeFileSync(join(base, 'plugin/pre-build.cjs'), text)
    const { status, stderr } = fire('pre-build', build, `${dirname(process.execPath)}:${system}`)
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: ` !     shared-cache failed, and is left out: ${why}\n`,
    })
  })
  test('killed', () => {
    const { status, stderr } = fire('pre-build', build, `${nodeIs('kill -9 $$')}:${system}`)
    expect(status).toBe(0)
    expect(stderr).toContain(' !     shared-cache: its program failed\n')
  })
})

describe('no Node is started', () => {
  test.each([
    ['pre-build', ['nixpacks', 'app', '/tmp']],
    ['docker-args-build', ['app', 'dockerfile']],
    ['docker-args-process-build', ['app', 'dockerfile']],
    ['pre-receive-app', ['app', 'dockerfile']],
    ['cron-entries', ['docker-local']],
  ])('%s %j', (name, args) => {
    const { status, stderr } = fire(name, args, `${nodeIs('echo node >&2')}:${system}`)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
  test('before setup', () => {
    rmSync(join(base, 'config/shared-cache/--global/setup'))
    expect(fire('pre-build', build, `${nodeIs('echo node >&2')}:${system}`)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
  })
})

const ASKS = 'FROM a\nRUN --device=dokku.com/shared-cache=npm npm ci\n'

describe('docker-args-process-build prints the frontend and the devices of a build', () => {
  const FRONTEND = ' --build-arg BUILDKIT_SYNTAX=x:1-labs'
  const NPM = ' --allow device=dokku.com/shared-cache=npm'
  const MOUNT = ' --allow device=dokku.com/shared-cache=mount-01'

  test.each<[string, Record<string, string>, string, string]>([
    ['for a file with devices', { 'rewritten-frontend': 'x:1-labs' }, ASKS, FRONTEND],
    [
      'not for a file without devices',
      { 'rewritten-frontend': 'x:1-labs', 'rewritten-devices': 'npm' },
      'FROM a\nRUN npm ci\n',
      '',
    ],
    [
      'where the Engine gives devices one by one',
      { 'rewritten-frontend': 'x:1-labs', 'rewritten-devices': 'npm mount-01' },
      ASKS,
      FRONTEND + NPM + MOUNT,
    ],
    ["with the Engine's own frontend", { 'rewritten-devices': 'npm' }, ASKS, NPM],
    // Notes of an older version, from a build that runs during an update of the plugin.
    ['older note: for a file with devices', { rewritten: 'x:1-labs -:- -' }, ASKS, FRONTEND],
    [
      'older note: where the Engine gives devices one by one',
      { rewritten: 'x:1-labs 0123:- 45,67 npm mount-01' },
      ASKS,
      FRONTEND + NPM + MOUNT,
    ],
    ["older note: with the Engine's own frontend", { rewritten: '- -:- - npm' }, ASKS, NPM],
  ])('%s', (_, properties, text, options) => {
    mkdirSync(join(base, 'config/shared-cache/app'))
    for (const [key, value] of Object.entries(properties)) {
      writeFileSync(join(base, 'config/shared-cache/app', key), `${value}\n`)
    }
    writeFileSync(join(base, 'app/Dockerfile'), text)
    const { stdout, stderr } = fire('docker-args-process-build', ['app', 'dockerfile'], system)
    expect({ stdout, stderr }).toEqual({ stdout: options, stderr: '' })
  })
  test('nothing without a note that the file was rewritten', () => {
    writeFileSync(
      join(base, 'app/Dockerfile'),
      'FROM a\nRUN --device=dokku.com/shared-cache=npm ls\n',
    )
    const { status, stdout, stderr } = fire(
      'docker-args-process-build',
      ['app', 'dockerfile'],
      system,
    )
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})

describe('the key of the caches of nixpacks', () => {
  /** Output of the trigger for an app, with the app's own options. */
  function key(app: string, properties: Record<string, string>, own = '', all = '') {
    for (const [path, value] of Object.entries(properties)) {
      mkdirSync(dirname(join(base, 'config/shared-cache', path)), { recursive: true })
      writeFileSync(join(base, 'config/shared-cache', path), value)
    }
    const options = join(base, 'available/docker-options/docker-args-build')
    mkdirSync(dirname(options), { recursive: true })
    writeFileSync(options, `#!/bin/sh\n[ "$*" = "${app} nixpacks" ] && echo -n '${own}'\n`)
    chmodSync(options, 0o755)
    const { status, stdout, stderr } = spawnSync(
      join(base, 'plugin/docker-args-build'),
      [app, 'nixpacks'],
      {
        encoding: 'utf8',
        env: {
          PATH: `${nodeIs('echo node >&2')}:${system}`,
          DOKKU_LIB_ROOT: base,
          PLUGIN_AVAILABLE_PATH: join(base, 'available'),
          DOKKU_GLOBAL_BUILD_ARGS: all,
        },
      },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return stdout
  }

  test.each([
    ['the same at every deploy', 'web', {}, '', '', ' --cache-key dokku-web'],
    ['another one for a.b than for ab', 'a.b', {}, '', '', ' --cache-key dokku-a_b'],
    ['with other options', 'web', {}, ' --env A=1', '--label x', ' --cache-key dokku-web'],
    ['beside a key of the app', 'web', {}, ' --cache-key mine', '', ''],
    ['beside such a key in one word', 'web', {}, ' --cache-key=mine', '', ''],
    ['beside a key for all apps', 'web', {}, '', '--cache-key mine', ''],
    ['of an app that is left out', 'web', { 'web/enabled': 'false\n' }, '', '', ''],
    ['where builds have no caches', 'web', { 'web/build-caches': 'off' }, '', '', ''],
    ['where no builds have caches', 'web', { '--global/build-caches': 'off' }, '', '', ''],
    [
      'where only this app has',
      'web',
      { '--global/build-caches': 'off', 'web/build-caches': 'auto' },
      '',
      '',
      ' --cache-key dokku-web',
    ],
  ])('%s', (_, app, properties, own, all, printed) => {
    expect(key(app, properties, own, all)).toBe(printed)
  })

  test('none before setup', () => {
    rmSync(join(base, 'config/shared-cache/--global/setup'))
    expect(key('web', {})).toBe('')
  })
})
