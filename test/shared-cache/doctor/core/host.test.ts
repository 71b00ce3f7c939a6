import { describe, expect, it, test } from 'vitest'
import { checkHost } from '../../../../src/shared-cache/doctor/core/host'
import type { HostFacts } from '../../../../src/shared-cache/doctor/core/findings'

const ROOT = '/var/lib/dokku/data/shared'
const GB = 1e9
const EXT4 = { mountPoint: '/', type: 'ext4', options: ['rw', 'relatime'] }

/** A disk with this total and free size in GB, and this many of 10 million inodes free. */
function disk(free: number, all: number, freeInodes: number | null = 9e6) {
  const inodes = freeInodes === null ? null : 1e7
  const needed = { neededBytes: 2 * GB, neededInodes: 20_000 }
  return { disk: { bytes: all * GB, freeBytes: free * GB, inodes, freeInodes, ...needed } }
}

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
  searchedPartly: [],
  helper: { version: '1.2.3', root: ROOT },
  nightly: { through: 'systemd', forced: true, chosen: 'budget', inPlace: true },
  nestedCopies: [],
  gc: null,
  budget: null,
  pip: null,
  disk: disk(250, 500).disk,
  invalid: [],
}
const nightly = (change: Partial<HostFacts['nightly']>) => ({
  nightly: { through: 'systemd', forced: true, chosen: 'dokku', inPlace: true, ...change } as const,
})
const security = (...securityOptions: string[]) => ({
  docker: { version: '28.5.2', securityOptions },
})
const gc = (engine: string, daemon: string, isConfigured: boolean) => ({
  gc: { engine, daemon, isConfigured, budgets: { maxBytes: 1, minFree: 1, diskBytes: 1 } },
})
/** pip wrote to its cache, and stored no download. */
const PIP = { hasDownloads: false, downloadsChanged: 1, lastWritten: 2 }
const withoutAcl = (path: string) => ({
  cache: path,
  path,
  kind: 'acl' as const,
  problem: 'its default ACL cannot be read: install the package acl',
})
const closed = {
  cache: 'pip',
  path: 'pip',
  kind: 'mode',
  problem: 'mode 0755 instead of 0777',
} as const

/** Warnings and problems on a healthy host with these facts changed. */
function wrong(changed: Partial<HostFacts>) {
  return checkHost({ ...healthy, ...changed }).filter(({ status }) => status !== 'ok')
}

describe('a healthy host', () => {
  it('has only findings that are ok, one for each check', () => {
    const findings = checkHost(healthy)
    expect(findings.map(({ status }) => status)).toEqual(findings.map(() => 'ok'))
    expect(findings.map(({ name }) => name)).toEqual([
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
    ])
  })

  test.each<[string, Partial<HostFacts>]>([
    ['another Node', { node: 'v24.0.0' }],
    ['caches within their budget', { budget: { bytes: 5, maxBytes: 5, at: 0, schedule: 'off' } }],
    ['Dokku 0.37', { dokku: '0.37.10' }],
    ['a file system that makes inodes as it needs them', disk(250, 500, null)],
    ['a small share of a large disk', disk(400, 10_000)],
    ['a large share of a small disk', disk(4, 10)],
    [
      'a small share of many inodes',
      { disk: { ...disk(250, 500).disk, inodes: 1e8, freeInodes: 2e6 } },
    ],
    ['a Dokku without a nightly prune', nightly({ through: null })],
    ["Dokku's own nightly prune, the default of this plugin", nightly({})],
    ["Dokku's own prune without an effect", nightly({ through: 'cron', forced: false })],
    ["Docker's own rules for the build cache, and no settings", gc('29.6.0', '', false)],
    ['an unknown file system', { fileSystem: undefined }],
    [
      'Dokku in a container that says where its files are',
      { inContainer: true, hostRoot: '/srv/x' },
    ],
    ['no Dokku, and a Docker elsewhere', { kind: 'local', helper: null, remoteDocker: 'ssh://a' }],
    ['no Dokku, in a container', { kind: 'local', helper: null, inContainer: true }],
    [
      'no Dokku and no ACLs: one user needs none',
      { kind: 'local', helper: null, hasSetfacl: false, directories: [withoutAcl('pip')] },
    ],
    ['a pip cache that is not used yet', { pip: { ...PIP, lastWritten: null } }],
    ['a pip cache with downloads', { pip: { ...PIP, hasDownloads: true } }],
    [
      'a pip cache that was pruned since pip used it',
      { pip: { ...PIP, lastWritten: 10, downloadsChanged: 11 } },
    ],
  ])('%s', (_, changed) => {
    expect(wrong(changed)).toEqual([])
  })
})

describe('problems', () => {
  test.each<[string, Partial<HostFacts>, 'warn' | 'fail', string, RegExp, RegExp | null]>([
    [
      'a copy of the plugin inside the plugin',
      { nestedCopies: ['/plugins/shared-cache/dokku-shared-cache-0.1.0'] },
      'warn',
      'plugin',
      /is a second copy, from an install over this one/,
      /plugin:install/,
    ],
    [
      'caches over their budget, and no schedule',
      { budget: { bytes: 11, maxBytes: 5, at: 0, schedule: 'off' } },
      'warn',
      'budget',
      /held 220 % of max-size on 1970-01-01; the property schedule is off/,
      /prune$/,
    ],
    [
      'caches over their budget before the next run',
      { budget: { bytes: 6, maxBytes: 5, at: 0, schedule: '30 3 * * *' } },
      'warn',
      'budget',
      /the next scheduled run prunes them/,
      /prune$/,
    ],
    [
      'Node too old',
      { node: 'v18.18.2' },
      'fail',
      'node',
      /18\.18\.2 is too old: 18\.19 or later/,
      /install nodejs/,
    ],
    [
      'a Dokku that is not tested',
      { dokku: '0.36.1' },
      'warn',
      'dokku',
      /0\.36\.1 is not tested/,
      null,
    ],
    ['a newer Dokku', { dokku: '0.39.0' }, 'warn', 'dokku', /is not tested/, null],
    ['a Dokku without a version', { dokku: null }, 'warn', 'dokku', /cannot find out/, null],
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
      /maps user IDs/,
      /--userns=host/,
    ],
    ['rootless', security('name=rootless'), 'warn', 'docker-users', /rootless/, null],
    [
      'SELinux',
      security('name=selinux'),
      'warn',
      'selinux',
      /SELinux is on/,
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
      'nightly-prune set, and undone by an install of Dokku',
      nightly({ chosen: 'off', inPlace: false }),
      'fail',
      'nightly-prune',
      /Dokku's own prune at 04:05 is still installed/,
      /plugin:install/,
    ],
    [
      "Docker's own rules against a setting",
      gc('29.6.0', '', true),
      'warn',
      'docker-gc',
      /remove more of its build cache than your settings: .*cache mounts that were unused for 48 hours/,
      /doctor --fix, then restart Docker/,
    ],
    [
      'a daemon.json that cannot be parsed',
      gc('28.5.2', '{', false),
      'warn',
      'docker-gc',
      /not valid JSON/,
      /dockerd --validate/,
    ],
    [
      'a package index without cache headers',
      { pip: PIP },
      'warn',
      'pip',
      /no download is stored there: the package index probably sends no cache headers/,
      /send Cache-Control or ETag headers/,
    ],
    [
      'no package acl: one problem, whatever directories it affects',
      { hasSetfacl: false, directories: [withoutAcl('pip'), withoutAcl('npm')] },
      'fail',
      'acl',
      /the package acl is missing: apps that run as different users cannot share the caches/,
      /^sudo apt-get install acl && dokku shared-cache:setup$/,
    ],
    [
      'a file system without ACLs',
      {
        fileSystem: { mountPoint: '/mnt', type: 'vfat', options: [] },
        directories: [withoutAcl('pip')],
      },
      'fail',
      'acl',
      /vfat on \/mnt\) does not support ACLs/,
      /ext4/,
    ],
    [
      'ACLs switched off',
      { fileSystem: { ...EXT4, options: ['noacl'] } },
      'fail',
      'acl',
      /does not support ACLs/,
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
    [
      'a read-only file system',
      {
        directories: [
          { cache: null, path: '', kind: 'not writable', problem: 'the file system is read-only' },
        ],
      },
      'fail',
      'directories',
      /shared: the file system is read-only/,
      /mount -o remount,rw/,
    ],
    [
      'an immutable directory',
      {
        directories: [{ ...closed, kind: 'not writable', problem: 'immutable (see `lsattr -d`)' }],
      },
      'fail',
      'directories',
      /shared\/pip: immutable/,
      /^chattr -i .*\/pip$/,
    ],
    [
      'little space',
      disk(9.9, 100),
      'warn',
      'space',
      /^9\.9 GB of 100 GB are free \(9\.9 %\)$/,
      /prune/,
    ],
    [
      'very little space',
      disk(4, 500),
      'fail',
      'space',
      /^4\.0 GB of 500 GB are free \(0\.8 %\)$/,
      /prune/,
    ],
    [
      'too little space for builds',
      disk(1.5, 10),
      'fail',
      'space',
      /^1\.5 GB of 10 GB are free \(15 %\); builds use the caches only with at least 2\.0 GB free$/,
      /prune --older-than 30d, or free space elsewhere$/,
    ],
    [
      'a disk that is too small, though it is empty',
      disk(0.05, 0.051),
      'fail',
      'space',
      /^50 MB of 51 MB are free \(98 %\); builds use the caches only with at least 2\.0 GB free$/,
      /^move the caches to a larger disk$/,
    ],
    [
      'few inodes',
      disk(250, 500, 5e5),
      'warn',
      'inodes',
      /^500000 of 10000000 inodes are free \(5\.0 %\)/,
      /prune/,
    ],
    [
      'no inodes',
      disk(250, 500, 0),
      'fail',
      'inodes',
      /\(0\.0 %\); builds use the caches only with at least 20000 free/,
      /prune/,
    ],
    [
      'a property with an invalid value',
      { invalid: [{ app: 'shop', key: 'layout', value: 'up' }] },
      'warn',
      'settings',
      /layout of shop has the invalid value "up"/,
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

  it('uses the command of a machine without Dokku', () => {
    const found = wrong({ kind: 'local', helper: null, isSetUp: false })
    expect(found.map(({ remedy }) => remedy)).toEqual(['shared-cache setup'])
  })

  it('does not check directories before setup has run', () => {
    const found = wrong({ isSetUp: false, directories: [closed] })
    expect(found.map(({ name }) => name)).toEqual(['setup'])
  })
})
