import { describe, expect, it, test } from 'vitest'
import type { AppPlan } from '../../../../src/shared-cache/apps/core/plan'
import { NOTHING_GIVEN } from '../../../../src/shared-cache/apps/core/app'
import { checkHost } from '../../../../src/shared-cache/doctor/core/host'
import type { HostFacts } from '../../../../src/shared-cache/doctor/core/findings'
import { type AppFacts, checkApps } from '../../../../src/shared-cache/doctor/core/apps'

const ROOT = '/var/lib/dokku/data/shared'
const EXT4 = { mountPoint: '/', type: 'ext4', options: ['rw', 'relatime'] }

const healthy: HostFacts = {
  kind: 'dokku',
  version: '1.2.3',
  root: ROOT,
  realRoot: ROOT,
  hostRoot: ROOT,
  node: 'v18.19.1',
  dokku: '0.38.27',
  docker: { version: '28.5.2', securityOptions: ['name=seccomp,profile=builtin', 'name=cgroupns'] },
  remoteDocker: null,
  inContainer: false,
  isSetUp: true,
  hasSetfacl: true,
  fileSystem: EXT4,
  directories: [],
  helper: { version: '1.2.3', root: ROOT },
  nightly: { through: 'systemd', forced: true, chosen: 'budget', inPlace: true },
  nestedCopies: [],
  gc: null,
  budget: null,
  disk: { bytes: 1000, freeBytes: 500, inodes: 1000, freeInodes: 900 },
  invalid: [],
}
const nightly = (change: Partial<HostFacts['nightly']>) => ({
  nightly: { through: 'systemd', forced: true, chosen: 'dokku', inPlace: true, ...change } as const,
})
const security = (...securityOptions: string[]) => ({
  docker: { version: '28.5.2', securityOptions },
})
const disk = (free: number, freeInodes: number | null = 900) => ({
  disk: { bytes: 1000, freeBytes: free, inodes: freeInodes === null ? null : 1000, freeInodes },
})
const closed = {
  cache: 'pip',
  path: 'pip',
  kind: 'mode',
  problem: 'mode 0755 instead of 0777',
} as const

/** Whatever is not fine on a healthy host with these facts changed. */
function wrong(changed: Partial<HostFacts>) {
  return checkHost({ ...healthy, ...changed }).filter(({ status }) => status !== 'ok')
}

describe('a healthy host', () => {
  it('has nothing wrong, and says what was checked', () => {
    const findings = checkHost(healthy)
    expect(findings.map(({ status }) => status)).toEqual(findings.map(() => 'ok'))
    expect(findings.map(({ name }) => name)).toEqual([
      ...[
        'node',
        'dokku',
        'docker',
        'helper',
        'acl',
        'setup',
        'directories',
        'space',
        'inodes',
        'nightly-prune',
      ],
    ])
  })

  test.each<[string, Partial<HostFacts>]>([
    ['another Node', { node: 'v24.0.0' }],
    [
      'caches that hold what they may',
      { budget: { bytes: 5, maxBytes: 5, at: 0, schedule: 'off' } },
    ],
    ['Dokku 0.37', { dokku: '0.37.10' }],
    ['a file system that makes inodes as it needs them', disk(500, null)],
    ['a Dokku that prunes nothing at night', nightly({ through: null })],
    ['a file system that cannot be told', { fileSystem: undefined }],
    [
      'Dokku in a container that says where its files are',
      { inContainer: true, hostRoot: '/srv/x' },
    ],
    ['no Dokku, and a Docker elsewhere', { kind: 'local', helper: null, remoteDocker: 'ssh://a' }],
    ['no Dokku, in a container', { kind: 'local', helper: null, inContainer: true }],
  ])('%s', (_, changed) => {
    expect(wrong(changed)).toEqual([])
  })
})

describe('what is wrong', () => {
  test.each<[string, Partial<HostFacts>, 'warn' | 'fail', string, RegExp, RegExp | null]>([
    [
      'a copy of the plugin inside the plugin',
      { nestedCopies: ['/plugins/shared-cache/dokku-shared-cache-0.1.0'] },
      'warn',
      'plugin',
      /was left by an install over this one/,
      /plugin:install/,
    ],
    [
      'caches over their budget that nobody prunes',
      { budget: { bytes: 11, maxBytes: 5, at: 0, schedule: 'off' } },
      'warn',
      'budget',
      /took 220 % of max-size on 1970-01-01, and the schedule is off/,
      /prune$/,
    ],
    [
      'caches over their budget before the next run',
      { budget: { bytes: 6, maxBytes: 5, at: 0, schedule: '30 3 * * *' } },
      'warn',
      'budget',
      /the schedule prunes what it can at its next run/,
      /prune$/,
    ],
    ['Node too old', { node: 'v18.18.2' }, 'fail', 'node', /older than 18\.19/, /install nodejs/],
    [
      'a Dokku that was not tried',
      { dokku: '0.36.1' },
      'warn',
      'dokku',
      /0\.36\.1 was not tried/,
      null,
    ],
    ['a newer Dokku', { dokku: '0.39.0' }, 'warn', 'dokku', /was not tried/, null],
    ['a Dokku without a version', { dokku: null }, 'warn', 'dokku', /unknown/, null],
    [
      'no Docker',
      { docker: { error: 'no daemon' } },
      'fail',
      'docker',
      /no daemon/,
      /start docker/,
    ],
    [
      'Docker on another machine',
      { remoteDocker: 'tcp://10.0.0.9:2376' },
      'fail',
      'docker-host',
      /tcp:\/\/10\.0\.0\.9:2376/,
      /DOCKER_HOST/,
    ],
    [
      'userns-remap',
      security('name=userns'),
      'warn',
      'docker-users',
      /maps users/,
      /--userns=host/,
    ],
    ['rootless', security('name=rootless'), 'warn', 'docker-users', /rootless/, null],
    [
      'SELinux',
      security('name=selinux'),
      'warn',
      'selinux',
      /confines/,
      /semanage fcontext .*restorecon/,
    ],
    [
      'Dokku in a container that does not say where its files are',
      { inContainer: true },
      'fail',
      'container',
      /DOKKU_LIB_HOST_ROOT/,
      /DOKKU_LIB_HOST_ROOT/,
    ],
    [
      "Dokku's nightly prune",
      nightly({}),
      'warn',
      'nightly-prune',
      /deletes every cache mount/,
      /set --global nightly-prune budget/,
    ],
    [
      "Dokku's nightly prune without systemd",
      nightly({ through: 'cron', forced: false }),
      'warn',
      'nightly-prune',
      /lacks -f/,
      /nightly-prune budget/,
    ],
    [
      'a chosen night that an install undid',
      nightly({ chosen: 'off', inPlace: false }),
      'fail',
      'nightly-prune',
      /Dokku's own prune at 04:05 is in place/,
      /plugin:install/,
    ],
    [
      "Docker's own rules before the budgets",
      { gc: { engine: '29.6.0', daemon: '', budgets: { maxBytes: 1, minFree: 1, diskBytes: 1 } } },
      'warn',
      'docker-gc',
      /cache mounts that nobody used for 48 hours/,
      /doctor --fix, then restart Docker/,
    ],
    [
      'a daemon.json that is none',
      { gc: { engine: '28.5.2', daemon: '{', budgets: { maxBytes: 1, minFree: 1, diskBytes: 1 } } },
      'warn',
      'docker-gc',
      /not JSON/,
      /dockerd --validate/,
    ],
    ['no setfacl', { hasSetfacl: false }, 'fail', 'acl', /setfacl is missing/, /install acl/],
    [
      'a file system without ACLs',
      { fileSystem: { mountPoint: '/mnt', type: 'vfat', options: [] } },
      'fail',
      'acl',
      /vfat on \/mnt\) keeps no ACLs/,
      /ext4/,
    ],
    [
      'ACLs switched off',
      { fileSystem: { ...EXT4, options: ['noacl'] } },
      'fail',
      'acl',
      /no ACLs/,
      /./,
    ],
    [
      'no helper',
      { helper: { error: 'not installed' } },
      'fail',
      'helper',
      /not installed/,
      /plugin:install/,
    ],
    [
      'a helper for another root',
      { helper: { version: '1.2.3', root: '/x' } },
      'fail',
      'helper',
      /\/x/,
      /plugin:install/,
    ],
    [
      'an old helper',
      { helper: { version: '1.0.0', root: ROOT } },
      'warn',
      'helper',
      /1\.0\.0/,
      /plugin:install/,
    ],
    [
      'no setup yet',
      { isSetUp: false },
      'warn',
      'setup',
      /has not run/,
      /^dokku shared-cache:setup$/,
    ],
    [
      'a closed directory',
      { directories: [closed] },
      'fail',
      'directories',
      /shared\/pip: mode 0755/,
      /--fix/,
    ],
    [
      'a link where a directory should be',
      { directories: [{ ...closed, kind: 'in the way', problem: 'a symbolic link' }] },
      'fail',
      'directories',
      /shared\/pip: a symbolic link/,
      /^mv .*\/pip .*\/pip\.old$/,
    ],
    ['little space', disk(99), 'warn', 'space', /9\.9 % of the disk/, /prune/],
    ['no space', disk(9), 'fail', 'space', /0\.9 % of the disk/, /prune/],
    ['few inodes', disk(500, 50), 'warn', 'inodes', /5\.0 % of the inodes/, /prune/],
    ['no inodes', disk(500, 0), 'fail', 'inodes', /0\.0 % of the inodes/, /prune/],
    [
      'a property with nonsense in it',
      { invalid: [{ app: 'shop', key: 'layout', value: 'up' }] },
      'warn',
      'settings',
      /layout of shop is "up"/,
      /^dokku shared-cache:set shop layout$/,
    ],
  ])('%s', (_, changed, status, name, text, remedy) => {
    const found = wrong(changed)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ status, name })
    expect(found[0]?.text).toMatch(text)
    if (remedy) expect(found[0]?.remedy).toMatch(remedy)
    else expect(found[0]?.remedy).toBeNull()
  })

  it('speaks of this program where there is no Dokku', () => {
    const found = wrong({ kind: 'local', helper: null, isSetUp: false })
    expect(found.map(({ remedy }) => remedy)).toEqual(['shared-cache setup'])
  })

  it('does not miss directories before setup has run', () => {
    const found = wrong({ isSetUp: false, directories: [closed] })
    expect(found.map(({ name }) => name)).toEqual(['setup'])
  })
})

describe('apps', () => {
  const plan: AppPlan = {
    app: 'shop',
    state: 'enabled',
    scheduler: 'docker-local',
    layout: 'neutral',
    isOutOfReach: false,
    steps: [],
    notes: [],
    rooms: [],
    held: NOTHING_GIVEN,
    given: null,
  }
  const facts = (changed: Partial<AppPlan> = {}, app = 'shop'): AppFacts => ({
    app,
    plan: { ...plan, app, ...changed },
    error: null,
    damaged: [],
  })
  const check = (...apps: AppFacts[]) => checkApps(apps, ({ cache, why }) => `${cache} ${why}`)
  const set = { kind: 'set', values: { A: '1', B: '2' } } as const
  const unmount = {
    kind: 'unmount',
    entry: null,
    hostPath: '/h',
    containerPath: '/c',
    readonly: false,
    options: '',
  } as const

  it('are one line as long as they are as planned', () => {
    expect(check(facts(), facts({}, 'b'), facts({ state: 'disabled' }, 'c'))).toEqual([
      { name: 'apps', status: 'ok', text: 'of 3: 2 enabled, 1 disabled', remedy: null },
    ])
  })

  test.each<[string, AppFacts, 'warn' | 'fail', string, string | null]>([
    [
      'mounts and variables differ',
      facts({ steps: [set, unmount] }),
      'fail',
      'shop: 1 mount and 2 variables not as they should be',
      'dokku shared-cache:doctor shop --fix',
    ],
    [
      'variables differ',
      facts({ steps: [{ kind: 'unset', keys: ['A'] }] }),
      'fail',
      'shop: 1 variable not as they should be',
      'dokku shared-cache:doctor shop --fix',
    ],
    [
      'a killed run',
      facts({ given: NOTHING_GIVEN }),
      'warn',
      'shop: the record of what it was given is not up to date',
      'dokku shared-cache:doctor shop --fix',
    ],
    [
      'a damaged record',
      { app: 'shop', plan: null, error: null, damaged: ['given'] },
      'fail',
      'shop: its property given is damaged',
      'dokku shared-cache:doctor shop --fix',
    ],
    [
      'an app that cannot be read',
      { app: 'shop', plan: null, error: 'Unable to read the mounts', damaged: [] },
      'fail',
      'shop: Unable to read the mounts',
      null,
    ],
    [
      'caches where not everybody in the app can reach them',
      facts({ isOutOfReach: true }),
      'warn',
      'shop: its caches are below /root, which only root reaches, and other users run in it',
      'dokku shared-cache:set shop layout auto',
    ],
    [
      'what is left to the image',
      facts({ notes: [{ cache: 'pip', why: 'image-files', what: '/x' }] }),
      'warn',
      'shop: pip image-files',
      null,
    ],
  ])('say what is not: %s', (_, app, status, text, remedy) => {
    expect(check(app).slice(1)).toEqual([{ name: 'app', status, text, remedy }])
  })
})
