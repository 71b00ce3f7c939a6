import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { NIGHTLY_MODES } from '../../../../src/shared-cache/buildkit/core/nightly'
import { applyNightly, readNightly } from '../../../../src/shared-cache/buildkit/host/nightly'

/** The unit of Dokku 0.38 with systemd. */
const UNIT = `[Unit]
Description=Docker builder prune service

[Service]
Type=oneshot
User=root
ExecStart=/usr/bin/docker builder prune -f
`
const TIMER = `[Unit]
Description=Run docker-builder-prune.service every day at 4:05am

[Timer]
OnCalendar=Mon..Sun 04:05
Persistent=true

[Install]
WantedBy=timers.target
`
/** The line without systemd. */
const LINE = '5 4 * * * dokku docker builder prune >>/var/log/dokku/builder-prune.log 2>&1\n'
const CRON = `PATH=/usr/local/bin:/usr/bin:/bin\nSHELL=/bin/bash\n\n${LINE}`

let base: string
let places: { etc: string; helper: string }
const SERVICE = 'etc/systemd/system/docker-builder-prune.service'
const DROP_IN = `${SERVICE}.d/dokku-shared-cache.conf`
const CRON_FILE = 'etc/cron.d/docker-builder-prune'

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'nightly-'))
  places = { etc: join(base, 'etc'), helper: join(base, 'helper') }
  for (const directory of ['etc/systemd/system', 'etc/cron.d', 'helper']) {
    mkdirSync(join(base, directory), { recursive: true })
  }
})
afterEach(() => rmSync(base, { recursive: true }))

const read = (path: string) => readFileSync(join(base, path), 'utf8')
const write = (path: string, text: string) => writeFileSync(join(base, path), text)
const script = () => join(base, 'helper/nightly')

describe('with systemd', () => {
  beforeEach(() => write(SERVICE, UNIT))

  test('budget: the script replaces the command of Dokku', () => {
    expect(applyNightly('budget', places)).toEqual({ through: 'systemd', changed: true })
    const commands = read(DROP_IN).match(/^ExecStart=.*$/gm)
    expect(commands).toEqual(['ExecStart=', `ExecStart=${script()}`])
    expect(read(SERVICE)).toBe(UNIT)
  })

  test('off: nothing is pruned', () => {
    applyNightly('off', places)
    expect(read(DROP_IN).match(/^ExecStart=.*$/gm)).toEqual(['ExecStart=', 'ExecStart=/bin/true'])
  })

  test('dokku: no change is left', () => {
    applyNightly('budget', places)
    applyNightly('dokku', places)
    expect(readdirSync(join(base, 'etc/systemd/system'))).toEqual(['docker-builder-prune.service'])
  })

  test('a drop-in of another program is kept', () => {
    applyNightly('budget', places)
    write(`${SERVICE}.d/mine.conf`, '[Service]\nNice=5\n')
    applyNightly('dokku', places)
    expect(readdirSync(join(base, `${SERVICE}.d`))).toEqual(['mine.conf'])
  })

  test('it stays when Dokku writes its service again', () => {
    applyNightly('budget', places)
    write(SERVICE, UNIT)
    expect(readNightly('budget', places)).toEqual({
      through: 'systemd',
      forced: true,
      inPlace: true,
    })
    expect(applyNightly('budget', places).changed).toBe(false)
  })

  // It also looks for the programs in the units.
  const hasVerify =
    spawnSync('systemd-analyze', ['--version']).status === 0 && existsSync('/usr/bin/docker')
  const verify = () => {
    const unit = join(base, 'etc/systemd/system/docker-builder-prune')
    const args = ['verify', '--man=no', `${unit}.service`, `${unit}.timer`]
    const { status, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    return { status, stderr: stderr.replaceAll(base, '') }
  }

  describe.skipIf(!hasVerify)('verified by systemd-analyze (needs systemd-analyze)', () => {
    beforeEach(() => {
      write(SERVICE.replace('service', 'timer'), TIMER)
      writeFileSync(script(), '#!/bin/sh\n')
      chmodSync(script(), 0o755)
    })

    test.each(NIGHTLY_MODES)('service, timer and the drop-in of %s', (mode) => {
      applyNightly(mode, places)
      expect(verify()).toEqual({ status: 0, stderr: '' })
    })

    it('detects the drop-in, and a missing script', () => {
      applyNightly('budget', places)
      rmSync(script())
      expect(verify().stderr).toMatch(/\/helper\/nightly is not executable/)
    })
  })
})

describe('without systemd', () => {
  beforeEach(() => write(CRON_FILE, CRON))

  test("budget: Dokku's line with the script; schedule, user and log are Dokku's", () => {
    expect(applyNightly('budget', places)).toEqual({ through: 'cron', changed: true })
    expect(read(CRON_FILE)).toContain(
      `\n5 4 * * * dokku ${script()} >>/var/log/dokku/builder-prune.log 2>&1\n`,
    )
    expect(read(CRON_FILE)).not.toContain('builder prune')
    expect(readdirSync(join(base, 'etc/cron.d'))).toEqual(['docker-builder-prune'])
  })

  test('off: no line is left', () => {
    applyNightly('off', places)
    expect(read(CRON_FILE)).not.toMatch(/^[\d*]/m)
  })

  test('dokku: the file is as Dokku wrote it, whatever was selected before', () => {
    for (const mode of ['budget', 'off', 'budget', 'dokku', 'dokku'] as const) {
      applyNightly(mode, places)
    }
    expect(read(CRON_FILE)).toBe(CRON)
    expect(readdirSync(join(base, 'helper'))).toEqual([])
  })

  test('an install of Dokku undoes it, and the next install of the plugin applies it again', () => {
    applyNightly('budget', places)
    const newer = CRON.replace('5 4', '6 5')
    write(CRON_FILE, newer)
    expect(readNightly('budget', places)).toMatchObject({ through: 'cron', inPlace: false })
    expect(applyNightly('budget', places).changed).toBe(true)
    expect(read(CRON_FILE)).toContain(`\n6 5 * * * dokku ${script()}`)
    applyNightly('dokku', places)
    expect(read(CRON_FILE)).toBe(newer)
  })

  test('a line of Dokku with -f prunes, the one of 0.38 does not', () => {
    expect(readNightly('dokku', places)).toEqual({ through: 'cron', forced: false, inPlace: true })
    write(CRON_FILE, CRON.replace('prune', 'prune -f'))
    expect(readNightly('dokku', places).forced).toBe(true)
  })

  test('a file that prunes nothing is not changed', () => {
    write(CRON_FILE, '# nothing\n')
    expect(applyNightly('budget', places).changed).toBe(false)
    expect(read(CRON_FILE)).toBe('# nothing\n')
  })
})

test('a Dokku without either is detected', () => {
  expect(applyNightly('budget', places)).toEqual({ through: null, changed: false })
  expect(applyNightly('dokku', places)).toEqual({ through: null, changed: false })
  expect(readNightly('dokku', places).through).toBe(null)
})

describe('the nightly script', () => {
  /** Runs it with programs `dokku` and `docker` that print their arguments. */
  function run(options: { enabled: boolean; dokku?: string }) {
    const lib = join(base, 'lib')
    if (options.enabled) {
      mkdirSync(join(lib, 'plugins/enabled/shared-cache/subcommands'), { recursive: true })
      writeFileSync(join(lib, 'plugins/enabled/shared-cache/subcommands/scheduled'), '')
    }
    mkdirSync(join(base, 'bin'))
    mkdirSync(join(base, 'log'))
    const program = (name: string, text: string) => {
      writeFileSync(join(base, 'bin', name), `#!/bin/sh\necho "${name} $*"\n${text}\n`)
      chmodSync(join(base, 'bin', name), 0o755)
    }
    program('docker', '')
    if (options.dokku !== undefined) program('dokku', options.dokku)
    const output = execFileSync(resolve('plugin/shared-cache/nightly'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${join(base, 'bin')}:/usr/bin:/bin`,
        DOKKU_LIB_ROOT: lib,
        DOKKU_LOGS_DIR: join(base, 'log'),
      },
    })
    const log = join(base, 'log/shared-cache.log')
    return { output, log: existsSync(log) ? readFileSync(log, 'utf8') : null }
  }
  const FALLBACK = 'shared-cache did not prune: docker builder prune -f\ndocker builder prune -f\n'
  const SAID = 'dokku shared-cache:scheduled\n'

  test('applies the budgets, and writes the line of the run to the log', () => {
    expect(run({ enabled: true, dokku: '' })).toEqual({ output: SAID, log: SAID })
  })
  test('prunes like Dokku if the plugin is missing or disabled', () => {
    expect(run({ enabled: false, dokku: '' })).toEqual({ output: FALLBACK, log: null })
  })
  test('prunes like Dokku if the plugin fails', () => {
    expect(run({ enabled: true, dokku: 'exit 1' })).toEqual({ output: SAID + FALLBACK, log: SAID })
  })
  test('prunes like Dokku if Dokku cannot be run', () => {
    const { output } = run({ enabled: true, dokku: 'exit 127' })
    expect(output).toContain(FALLBACK)
  })
})
