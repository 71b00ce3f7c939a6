import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, environments, installScripts, makeRecordedDouble, recordings } from './contract'
import { type Recorded, parseEnvironment, recordedTriggers, replay, toRecorded } from './contract'
import { type Age, type Double, upgradeDouble } from './dokku/make'
import { newId, stateFile, writeEngine } from './engine-state'

// If the double and a recording differ, the double is wrong.

/** What must differ here, and why. */
const NOT_HERE: Readonly<Record<string, string>> = {
  'on disk: modes': 'owners: tests run as anybody',
  'on disk': 'owners: tests run as anybody',
  'setup by root, what it makes': 'owners: tests run as anybody',
  'without DOKKU_LIB_ROOT': 'changes to user dokku',
  'as root: set makes files of': 'owners: tests run as anybody',
  'what lwrite made': 'stored in an order of the disk',
  'dokku report APP (head)': 'tells about the machine',
}

type Prepare = (run: (...words: string[]) => void, double: Double) => void

function conforms(name: string, prepare: Prepare, age?: Age) {
  describe(`${name}, as recorded`, () => {
    const double = makeRecordedDouble(age)
    let env: ReturnType<typeof environments>
    const run = (...words: string[]) => {
      expect(call([double.dokku, ...words], env.root).exit).toBe(0)
    }
    beforeAll(() => {
      env = environments(double)
      for (const app of ['o-1', 'one', 'web-two', 'web-web']) run('apps:create', app)
      prepare(run, double)
    })
    afterAll(() => rmSync(double.root, { recursive: true }))

    const cases = recordings(name).filter((recorded) => !(recorded.case in NOT_HERE))
    test.each(cases.map((recorded): [string, Recorded] => [recorded.case, recorded]))(
      '%s',
      (name, recorded) => {
        // Between two recordings the entry was moved back, which was not recorded.
        if (name === 'mount named')
          run('storage:create', 'web-pip', join(double.lib, 'data/shared/pip'))
        const { exit, stdout, stderr } = recorded
        expect(replay(double, env, recorded)).toEqual({ exit, stdout, stderr })
      },
    )
  })
}

conforms('storage', (_, double) => {
  mkdirSync(join(double.lib, 'data/shared/pip'), { recursive: true })
})
conforms('config', (run) => {
  run('config:clear', '--no-restart', 'web-web')
})
conforms('properties', () => undefined)
conforms('apps', () => undefined)
conforms(
  'storage-0.37.10',
  (run, double) => {
    writeFileSync(join(double.home, 'VHOST'), 'example.com\n')
    run('apps:create', 'web-one')
  },
  '0.37.10',
)

const TRACE = `#!/bin/sh
[ -p /dev/stdin ] && stdin=pipe || stdin=null
{ printf '%s' "\${0##*/}"; for word; do printf '\\t%s' "$word"; done; printf '\\t%s\\n' "$stdin"; } >>"$DOKKU_LOGS_DIR/trace"
`
/** Dokku runs these only, with a warning, if a plugin has them. This product has none. */
const DEPRECATED =
  /^pre-build-dockerfile|^post-build-dockerfile|^pre-release-dockerfile|^pre-deploy/

describe('triggers, in the recorded order', () => {
  const double = makeRecordedDouble()
  const env = environments(double)
  const trace = join(double.root, 'var/log/dokku/trace')
  const steps: readonly [string, string, readonly string[]][] = [
    ['apps-create', 'web-new', ['apps:create', 'web-new']],
    ['apps-clone', 'web-new', ['apps:clone', '--skip-deploy', 'web-new', 'web-copy']],
    ['apps-rename', '', ['apps:rename', '--skip-deploy', 'web-copy', 'web-moved']],
    ['apps-destroy', '', ['--force', 'apps:destroy', 'web-moved']],
    ['deploy-dockerfile', '', ['git:from-image', 'web-web', 'base']],
    ['config-set-with-restart', '', ['config:set', 'web-web', 'B=1']],
    ['report', '', ['report', 'web-web']],
    ['apps-destroy-deployed', '', ['--force', 'apps:destroy', 'web-web']],
  ]

  beforeAll(() => {
    const names = steps.flatMap(([file]) => recordedTriggers(file).calls.map((one) => one.trigger))
    const scripts = [...new Set(names)].map((name) => [name, TRACE])
    installScripts(double, 'tracer', Object.fromEntries(scripts) as Record<string, string>)
    const base = { id: `sha256:${newId()}`, user: '', env: [], labels: {}, files: {} }
    writeEngine(
      { images: { base: { ...base, runsAs: '0' } }, containers: {} },
      stateFile(join(double.root, 'docker.sock')),
    )
    call([double.dokku, 'apps:create', 'web-web'], env.root)
  })
  afterAll(() => rmSync(double.root, { recursive: true }))

  test.each(steps)('%s', (file, _, words) => {
    writeFileSync(trace, '')
    expect(call([double.dokku, ...words], env.root)).toMatchObject({ exit: 0 })
    const seen = toRecorded(double, readFileSync(trace, 'utf8'))
      .replaceAll(/\S*\/dokku-[A-Za-z0-9]{6}(?=\t)/g, '<TMP>')
      .replaceAll(/[0-9a-f]{64}/g, '<SHA256>')
      .replaceAll(/0{40}/g, '<REV>')
    const wanted = recordedTriggers(file)
      .calls.filter(({ trigger }) => !DEPRECATED.test(trigger))
      .map(({ trigger, argv, stdin }) => [trigger, ...argv, stdin].join('\t'))
    const simple = (line: string) => line.replace(/^(deploy-source-set\t[^\t]*).*/, '$1')
    expect(seen.trim().split('\n').map(simple)).toEqual(wanted.map(simple))
  })
})

describe('dispatch, as recorded', () => {
  const double = makeRecordedDouble()
  const env = environments(double)
  const saw = join(double.root, 'saw')
  const probe = `#!/bin/sh\n{ printf '%s\\0' "$@"; printf '=\\0'; env -0; } >${saw}\n`
  const cases = recordings('help-and-dispatch').filter((one) => one.handler_saw)

  beforeAll(() => {
    installScripts(double, 'tracer', {
      'subcommands/default': probe,
      'subcommands/x': probe,
      commands: '#!/bin/sh\nexit "$DOKKU_NOT_IMPLEMENTED_EXIT"\n',
    })
  })
  afterAll(() => rmSync(double.root, { recursive: true }))

  // The double adds its programs to PATH, and sudo adds variables: these are not compared.
  const ours = /^(DOKKU_|PLUGIN_|DOCKER_BIN|SSH_)/
  const elsewhere = /^(DOKKU_PID|DOKKU_IMAGE|DOKKU_CNB_BUILDER|DOKKU_GLOBAL_FLAGS|SSH_NAME)$/

  test.each(cases.map((one): [string, Recorded] => [one.case, one]))('%s', (_, recorded) => {
    replay(double, env, recorded)
    const [args = '', variables = ''] = readFileSync(saw, 'utf8').split('=\0')
    expect(args.split('\0').slice(0, -1)).toEqual(recorded.handler_saw?.argv)
    const seen = parseEnvironment(variables)
    for (const [name, value] of Object.entries(recorded.handler_saw?.env ?? {})) {
      if (!ours.test(name) || elsewhere.test(name)) continue
      const here = toRecorded(double, seen[name] ?? '').replaceAll(double.root, '')
      expect(`${name}=${here}`).toBe(`${name}=${value}`)
    }
  })

  test.each(
    recordings('help-and-dispatch')
      .filter((one) => one.case.startsWith('unknown '))
      .map((one): [string, Recorded] => [one.case, one]),
  )('%s', (_, recorded) => {
    const { exit, stdout, stderr } = recorded
    expect(replay(double, env, recorded)).toEqual({ exit, stdout, stderr })
  })
})

test('an upgrade from 0.37 converts mounts to entries and attachments, and keeps variables', () => {
  const double = makeRecordedDouble('0.37.10')
  const env = environments(double)
  const run = (...words: string[]) => call([double.dokku, ...words], env.root).stdout
  run('apps:create', 'web')
  run('storage:mount', 'web', '/data/shared/pip:/root/.cache/pip:ro')
  run('config:set', '--no-restart', 'web', 'A=two words')
  upgradeDouble(double)
  expect(JSON.parse(run('storage:list', 'web', '--format', 'json'))).toEqual([
    {
      entry_name: expect.stringMatching(/^legacy-[0-9a-f]{10}$/) as string,
      host_path: '/data/shared/pip',
      container_path: '/root/.cache/pip',
      readonly: true,
    },
  ])
  expect(run('config:get', 'web', 'A')).toBe('two words\n')
  expect(run('version')).toBe('dokku version 0.38.27\n')
  rmSync(double.root, { recursive: true })
})
