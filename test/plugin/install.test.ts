import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyScripts } from '../../scripts/plugins.mjs'

const isRoot = process.getuid?.() === 0
/** Programs that the scripts call and that are neither doubles nor shell builtins. */
const TOOLS =
  'bash sh cat chmod chown cmp cp cut env getent grep id install mkdir mktemp mv readlink rm sed stat timeout'

let base: string
let bin: string

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  bin = join(base, 'bin')
  mkdirSync(bin)
  for (const tool of TOOLS.split(' ')) {
    symlinkSync(execFileSync('which', [tool], { encoding: 'utf8' }).trim(), join(bin, tool))
  }
  await copyScripts('shared-cache', join(base, 'shared-cache'))
  writeFileSync(join(base, 'shared-cache/helper.cjs'), '// the helper\n')
  mkdirSync(join(base, 'lib/data'), { recursive: true })
  mkdirSync(join(base, 'core/common'), { recursive: true })
  program('node', 'echo v20.1.0')
  program('setfacl', 'exit 0')
  program('apt-cache', 'echo "  Candidate: (none)"')
  program('apt-get', `echo "$*" >> ${base}/apt-get.log; exit 1`)
  program('../core/common/prop', `echo "$*" >> ${base}/prop.log`)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Adds a program to the PATH of the scripts. */
function program(name: string, script: string): void {
  rmSync(join(bin, name), { force: true })
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, name), 0o755)
}

function run(script: string) {
  const places = `plugin_helper_directory=${base}/helper; plugin_sudoers=${base}/sudoers.d/dokku-shared-cache`
  const lines = [
    'cd shared-cache',
    '. ./functions',
    '. ./install-functions',
    `plugin_directory=${base}/shared-cache`,
    places,
    script,
  ]
  return spawnSync(join(bin, 'bash'), ['--norc', '-c', lines.join('\n')], {
    cwd: base,
    encoding: 'utf8',
    env: {
      PATH: bin,
      DOKKU_LIB_ROOT: join(base, 'lib'),
      PLUGIN_CORE_AVAILABLE_PATH: join(base, 'core'),
      DOKKU_SYSTEM_USER: 'root',
      DOKKU_SYSTEM_GROUP: 'root',
    },
  })
}

const read = (path: string) => readFileSync(join(base, path), 'utf8')
const mode = (path: string) => (statSync(join(base, path)).mode & 0o7777).toString(8)

describe.skipIf(!isRoot)('installing (needs root)', () => {
  test('the helper is a copy that belongs to root, outside the plugin', () => {
    expect(run('shared_cache_install')).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect([mode('helper'), mode('helper/helper'), mode('helper/helper.cjs')]).toEqual([
      '755',
      '755',
      '644',
    ])
    expect(read('helper/helper.cjs')).toBe('// the helper\n')
    expect(read('helper/root')).toBe(`${base}/lib/data/shared\n0\n`)
    expect(read('helper/helper')).toContain(
      `exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 '${bin}/node' --max-semi-space-size=2 '${base}/helper/helper.cjs' "$@"`,
    )
    expect(read('prop.log')).toBe('setup shared-cache\n')
  })

  test('user dokku may call the helper, and nothing else', () => {
    run('shared_cache_install')
    expect(mode('sudoers.d/dokku-shared-cache')).toBe('440')
    expect(read('sudoers.d/dokku-shared-cache')).toBe(
      `%root ALL=(ALL) NOPASSWD:${base}/helper/helper *\n`,
    )
  })

  test('what visudo rejects is not installed', () => {
    program('visudo', 'exit 1')
    const { status, stderr } = run('shared_cache_install')
    expect(status).toBe(0)
    expect(stderr).toContain('visudo refuses the line')
    expect(existsSync(join(base, 'sudoers.d/dokku-shared-cache'))).toBe(false)
  })

  test('correct files are not changed', () => {
    run('shared_cache_install')
    for (const path of ['helper/helper', 'helper/helper.cjs', 'helper/root'])
      utimesSync(join(base, path), 1, 1)
    run('shared_cache_install')
    for (const path of ['helper/helper', 'helper/helper.cjs', 'helper/root'])
      expect(statSync(join(base, path)).mtimeMs).toBe(1000)
  })

  test('a changed helper is replaced', () => {
    run('shared_cache_install')
    writeFileSync(join(base, 'helper/helper.cjs'), 'another')
    chmodSync(join(base, 'helper/helper'), 0o777)
    run('shared_cache_install')
    expect([read('helper/helper.cjs'), mode('helper/helper')]).toEqual(['// the helper\n', '755'])
  })

  test('a link at the path of the helper is not followed', () => {
    mkdirSync(join(base, 'elsewhere'))
    symlinkSync(join(base, 'elsewhere'), join(base, 'helper'))
    run('shared_cache_install')
    expect(existsSync(join(base, 'elsewhere/helper'))).toBe(false)
    expect(existsSync(join(base, 'helper/helper'))).toBe(true)
  })

  test('root does not run a Node that another user can replace', () => {
    chmodSync(join(bin, 'node'), 0o777)
    expect(run('plugin_node_for_root').stdout).not.toContain(bin)
  })

  test('the copy that a second install left inside the plugin is removed', () => {
    const copy = join(base, 'shared-cache/dokku-shared-cache-0.1.0')
    mkdirSync(copy)
    writeFileSync(join(copy, 'plugin.toml'), '')
    expect(run('shared_cache_install').stdout).toContain(`removed ${copy}`)
    expect(existsSync(copy)).toBe(false)
    expect(existsSync(join(base, 'shared-cache/subcommands'))).toBe(true)
  })

  test('uninstalling removes the files outside the plugin', () => {
    run('shared_cache_install')
    run('shared_cache_uninstall')
    expect(existsSync(join(base, 'helper'))).toBe(false)
    expect(existsSync(join(base, 'sudoers.d/dokku-shared-cache'))).toBe(false)
    expect(existsSync(join(base, 'lib/data'))).toBe(true)
  })
})

describe('Node and setfacl', () => {
  const candidate = (version: string) => program('apt-cache', `echo "  Candidate: ${version}"`)

  test.each(['18.19.0', '18.20.4', '20.1.0', '24.0.0'])('Node %s is new enough', (version) => {
    program('node', `echo v${version}`)
    expect(run('plugin_ensure_node').status).toBe(0)
  })

  test.each(['18.18.2', '16.20.2', '12.22.12'])(
    'Node %s is too old: one line says so',
    (version) => {
      program('node', `echo v${version}`)
      const { status, stderr } = run('plugin_ensure_node')
      expect(status).toBe(1)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stderr).toContain('Node 18.19 or later is needed')
    },
  )

  test.each(['18.19.0+dfsg-6~deb12u1', '1:20.19.2-1'])(
    '%s of the distribution is installed',
    (version) => {
      program('node', 'exit 127')
      candidate(version)
      program(
        'apt-get',
        `echo "$*" >> ${base}/apt-get.log; printf '#!/bin/sh\\necho v20.1.0\\n' > ${bin}/node`,
      )
      expect(run('plugin_ensure_node').status).toBe(0)
      expect(read('apt-get.log')).toContain('install -y -qq --no-install-recommends nodejs')
    },
  )

  test.each(['12.22.12~dfsg-1~deb11u4', '18.13.0+dfsg1-1', '(none)'])(
    '%s of the distribution is not',
    (version) => {
      program('node', 'exit 127')
      candidate(version)
      expect(run('plugin_ensure_node').status).toBe(1)
      expect(existsSync(join(base, 'apt-get.log')) ? read('apt-get.log') : '').not.toContain(
        'install',
      )
    },
  )

  test('without setfacl a message says so, and nothing fails', () => {
    rmSync(join(bin, 'setfacl'))
    candidate('2.3.1-3')
    const { status, stderr } = run('shared_cache_ensure_acl; exit 0')
    expect(status).toBe(0)
    expect(stderr).toBe(" !     shared-cache: setfacl is missing: run 'sudo apt-get install acl'\n")
  })
})

describe.skipIf(!isRoot)('two plugins on one server (needs root)', () => {
  const both = (name: string, call: string) =>
    run(`cd ../${name}; . ./functions; . ./install-functions
plugin_directory=${base}/${name}
plugin_helper_directory=${base}/dokku-${name}; plugin_sudoers=${base}/sudoers.d/dokku-${name}
${call}`)

  test.each([
    ['shared-cache', 'shared_cache', 'persist', 'persist'],
    ['persist', 'persist', 'shared-cache', 'shared_cache'],
  ])('uninstalling %s keeps the files of the other', async (gone, goneCall, stays, staysCall) => {
    await copyScripts('persist', join(base, 'persist'))
    writeFileSync(join(base, 'persist/helper.cjs'), '// the helper of persist\n')
    for (const [name, call] of [
      [gone, goneCall],
      [stays, staysCall],
    ] as const) {
      expect(both(name, `${call}_install`)).toMatchObject({ status: 0, stderr: '' })
    }
    const files = [`dokku-${stays}/helper`, `dokku-${stays}/helper.cjs`, `sudoers.d/dokku-${stays}`]
    const before = files.map(read)
    both(gone, `${goneCall}_uninstall`)
    expect(files.map(read)).toEqual(before)
    expect(existsSync(join(base, `dokku-${gone}`))).toBe(false)
    expect(existsSync(join(base, `sudoers.d/dokku-${gone}`))).toBe(false)
  })
})

test('uninstalling another plugin changes nothing', () => {
  program('node', `echo called >> ${base}/node.log`)
  const { status, stdout } = spawnSync(join(base, 'shared-cache/uninstall'), ['other'], {
    encoding: 'utf8',
    env: { PATH: bin },
  })
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(existsSync(join(base, 'node.log'))).toBe(false)
})
