import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'

/** Runs on this machine what should run on the server, with the server's programs only. */
const SSH = `#!/bin/bash
printf '%s\\n' "$1" >>"$DOUBLE/hosts"
[ -e "$DOUBLE/unreachable" ] && { echo 'ssh: connect to host: Connection refused' >&2; exit 255; }
PATH="$DOUBLE/server:/usr/bin:/bin" exec sh -c "$2"
`
const DOKKU = `#!/bin/bash
echo "$*" >>"$DOUBLE/calls"
case "$1" in
  plugin:installed) [ -e "$DOUBLE/installed" ] ;;
  plugin:uninstall) rm "$DOUBLE/installed" ;;
  plugin:install)
    [ -e "$DOUBLE/installed" ] && { echo ' !     Plugin already enabled' >&2; exit 1; }
    [ -e "$DOUBLE/broken" ] && exit 2
    tar -xzOf "\${2#file://}" >"$DOUBLE/installed"
    echo '-----> Plugin shared-cache enabled' ;;
  shared-cache:setup) echo '-----> Everything is set up' ;;
esac
`
const SUDO = `#!/bin/bash
[ -e "$DOUBLE/no-sudo" ] && exit 1
[ "$1" = -n ] || exit 1
echo sudo >>"$DOUBLE/sudo"
shift
exec "$@"
`

describe('scripts/install', () => {
  let double: string
  const has = (name: string, text = '') => writeFileSync(join(double, name), text)
  const program = (path: string, text: string) => {
    writeFileSync(join(double, path), text)
    chmodSync(join(double, path), 0o755)
  }
  const read = (name: string) =>
    existsSync(join(double, name)) ? readFileSync(join(double, name), 'utf8').trim() : ''
  /** Calls of Dokku, without the folder of the tarball. */
  const calls = () =>
    read('calls')
      .replaceAll(/file:\S+\//g, 'file://')
      .split('\n')
  const install = (...args: string[]) => {
    const env = {
      ...process.env,
      DOUBLE: double,
      PATH: `${double}/here:${process.env['PATH'] ?? ''}`,
    }
    const done = spawnSync('scripts/install', args, { env, encoding: 'utf8' })
    return { exit: done.status, out: done.stdout.trim(), err: done.stderr.trim() }
  }
  const installTarball = (...args: string[]) =>
    install(...args, '--tarball', join(double, 'plugin-1.0.0.tgz'))

  beforeEach(() => {
    double = mkdtempSync(join(tmpdir(), 'install-'))
    mkdirSync(join(double, 'here'))
    mkdirSync(join(double, 'server'))
    program('here/ssh', SSH)
    program('server/dokku', DOKKU)
    program('server/sudo', SUDO)
    program('server/id', '#!/bin/sh\necho 0\n')
    has('content', 'the plugin')
    spawnSync('tar', ['-C', double, '-czf', join(double, 'plugin-1.0.0.tgz'), 'content'])
  })
  afterEach(() => rmSync(double, { recursive: true }))

  it('installs the tarball on a server without the plugin', () => {
    expect(installTarball('root@server.example')).toEqual({
      exit: 0,
      out: '-----> Installing plugin-1.0.0.tgz on root@server.example\n-----> Plugin shared-cache enabled',
      err: '',
    })
    expect(read('hosts')).toBe('root@server.example')
    expect(read('installed')).toBe('the plugin')
    expect(calls()).toEqual([
      'plugin:installed shared-cache',
      'plugin:install file://plugin-1.0.0.tgz --name shared-cache',
    ])
  })

  it('installs persist if it is named', () => {
    expect(installTarball('root@server.example', '--plugin', 'persist').exit).toBe(0)
    expect(calls()).toEqual([
      'plugin:installed persist',
      'plugin:install file://plugin-1.0.0.tgz --name persist',
    ])
  })

  it.each([
    [['--plugin', 'nope'], 'There is no plugin nope: name shared-cache or persist'],
    [['--plugin', 'persist', '--setup'], '--setup is for the plugin shared-cache'],
  ])('rejects %j before anything is sent', (words, why) => {
    const { exit, err } = installTarball('root@server.example', ...words)
    expect({ exit, err }).toEqual({ exit: 1, err: `!     ${why}` })
    expect(existsSync(join(double, 'hosts'))).toBe(false)
  })

  it('removes the old version first, because a second install over it would fail', () => {
    has('installed', 'the old one')
    expect(installTarball('root@server.example').exit).toBe(0)
    expect(read('installed')).toBe('the plugin')
    expect(calls()).toContain('plugin:uninstall shared-cache')
  })

  it('runs setup for all apps if requested, and shows its output', () => {
    const { exit, out } = installTarball('root@server.example', '--setup')
    expect(exit).toBe(0)
    expect(out).toContain('-----> Everything is set up')
    expect(calls().at(-1)).toBe('shared-cache:setup --all')
  })

  it('uses sudo for a user who is not root', () => {
    program('server/id', '#!/bin/sh\necho 1000\n')
    expect(installTarball('me@server.example').exit).toBe(0)
    // Once to check permission, once to inspect, once to install.
    expect(read('sudo').split('\n')).toHaveLength(3)
  })

  it('leaves no tarball behind', () => {
    installTarball('root@server.example')
    const [, path = ''] = /file:\/\/(\S+)/.exec(read('calls')) ?? []
    expect(path).not.toBe('')
    expect(existsSync(path)).toBe(false)
  })

  it('works with any POSIX shell and any host as one word', () => {
    installTarball("me@server.example;touch$IFS'x'")
    expect(read('hosts')).toBe("me@server.example;touch$IFS'x'")
  })

  test.each<[string, string | undefined, string]>([
    ['no ssh', 'unreachable', 'root@server.example cannot be reached over ssh'],
    ['plugin:install fails', 'broken', 'The plugin could not be installed'],
  ])('prints what is wrong: %s', (_, switched, message) => {
    if (switched) has(switched)
    const { exit, err } = installTarball('root@server.example')
    expect(exit).toBe(1)
    expect(err).toContain(` !     ${message}`.trim())
  })

  it('reports that the old version is removed if the new one cannot be installed', () => {
    has('installed')
    has('broken')
    const { exit, err } = installTarball('root@server.example', '--setup')
    expect(exit).toBe(1)
    expect(err).toContain('The old version was removed, and the new one could not be installed')
    expect(calls()).not.toContain('shared-cache:setup --all')
  })

  it('does nothing on a server without Dokku', () => {
    rmSync(join(double, 'server/dokku'))
    const { exit, err } = installTarball('root@server.example')
    expect([exit, err]).toEqual([1, '!     There is no Dokku on this server'])
  })

  it('does nothing for a user without permission', () => {
    program('server/id', '#!/bin/sh\necho 1000\n')
    has('no-sudo')
    const { exit, err } = installTarball('me@server.example')
    expect(exit).toBe(1)
    expect(err).toContain('Installing a plugin needs root')
    expect(read('calls')).toBe('')
  })

  it('does not change the plugin if the tarball is invalid', () => {
    has('installed', 'the old one')
    writeFileSync(join(double, 'plugin-1.0.0.tgz'), 'half')
    const { exit, err } = installTarball('root@server.example')
    expect([exit, err]).toEqual([1, '!     The tarball did not arrive whole'])
    expect(read('installed')).toBe('the old one')
  })

  test.each([
    ['no server', [], 'Name one server'],
    ['two servers', ['a', 'b'], 'Name one server'],
    ['an option of ssh as server', ['--', '-oProxyCommand=x'], 'Name one server'],
    ['an unknown option', ['a', '--force'], "Unknown option '--force'"],
    ['the user dokku', ['dokku@server.example'], 'The user dokku runs nothing but dokku'],
    [
      'a tarball that is not there',
      ['a', '--tarball', '/nonexistent'],
      '/nonexistent is not a file',
    ],
  ])('rejects %s before it connects', (_, args, message) => {
    const { exit, err } = install(...args)
    expect(exit).toBe(1)
    expect(err).toContain(message)
    expect(read('hosts')).toBe('')
  })
})
