import { describe, expect, test } from 'vitest'
import { checkHost, directoryProblems } from '../../../../src/shared-cache/doctor/core/host'
import { needsGc } from '../../../../src/shared-cache/doctor/core/docker'
import type { HostFacts } from '../../../../src/shared-cache/doctor/core/findings'

const GB = 1e9
const ROOT = '/var/lib/dokku/data/shared'
const DISK = {
  ...{ bytes: 1000 * GB, freeBytes: 500 * GB, inodes: 1e8, freeInodes: 5e7 },
  ...{ neededBytes: 2 * GB, neededInodes: 20_000 },
}
const BUDGETS = { maxBytes: 20 * GB, minFree: 10 * GB, diskBytes: 100 * GB }

const healthy: HostFacts = {
  ...{ kind: 'dokku', version: '1.2.3', root: ROOT, realRoot: ROOT, hostRoot: ROOT },
  ...{ node: 'v20.0.0', dokku: '0.38.27', docker: { version: '28.5.2', securityOptions: [] } },
  ...{ remoteDocker: null, inContainer: false, isSetUp: true, hasSetfacl: true },
  ...{
    fileSystem: undefined,
    directories: [],
    searchedPartly: [],
    helper: { version: '1.2.3', root: ROOT },
  },
  nightly: { through: null, forced: true, chosen: 'budget', inPlace: true },
  ...{ nestedCopies: [], gc: null, budget: null, pip: null, disk: DISK, invalid: [] },
}
/** The status of each finding with this name, with these facts changed. */
const statuses = (name: string, changed: Partial<HostFacts>) =>
  checkHost({ ...healthy, ...changed }).flatMap((one) => (one.name === name ? [one.status] : []))
const found = (name: string, changed: Partial<HostFacts>) =>
  checkHost({ ...healthy, ...changed }).find((one) => one.name === name)

describe('a version', () => {
  test.each([
    ['v18.18.9', 'fail'],
    ['v18.19.0', 'ok'],
    ['v19.0.0', 'ok'],
    ['v17.99.0', 'fail'],
    ['v100.0.0', 'ok'],
  ])('of Node: %s is %s', (node, status) => expect(statuses('node', { node })).toEqual([status]))
  test.each([
    ['0.36.9', 'warn'],
    ['0.37.0', 'ok'],
    ['0.38.0', 'ok'],
    ['0.39.0', 'warn'],
    ['1.38.0', 'warn'],
    ['10.38.0', 'warn'],
  ])('of Dokku: %s is %s', (dokku, status) =>
    expect(statuses('dokku', { dokku })).toEqual([status]),
  )
  test('of Dokku is not checked without Dokku', () =>
    expect(statuses('dokku', { kind: 'local', dokku: null })).toEqual(['ok']))
})

describe('the space of the disk', () => {
  const at = (freeBytes: number, bytes = 1000 * GB) =>
    statuses('space', { disk: { ...DISK, bytes, freeBytes } })[0]
  test.each([
    ['50 GB of 1000', 50 * GB, 1000 * GB, 'ok'],
    ['a byte less than 50 GB of 1000', 50 * GB - 1, 1000 * GB, 'warn'],
    ['40 GB of 400', 40 * GB, 400 * GB, 'ok'],
    ['a byte less than 40 GB of 400', 40 * GB - 1, 400 * GB, 'warn'],
    ['9 GB of 900', 9 * GB, 900 * GB, 'warn'],
    ['a byte less than 9 GB of 900', 9 * GB - 1, 900 * GB, 'fail'],
    ['a byte less than 10 GB of 2000', 10 * GB - 1, 2000 * GB, 'fail'],
    ['10 GB of 2000', 10 * GB, 2000 * GB, 'warn'],
    ['all that builds need', 2 * GB, 10 * GB, 'ok'],
    ['a byte less than builds need', 2 * GB - 1, 10 * GB, 'fail'],
    ['some of a disk without a size', 2 * GB, 0, 'ok'],
  ])('%s free: %s of %i is %s', (_, free, all, status) => expect(at(free, all)).toBe(status))

  test('a too small disk needs a larger one, not pruning', () => {
    const remedy = (bytes: number) =>
      found('space', { disk: { ...DISK, bytes, freeBytes: GB } })?.remedy
    expect(remedy(2 * GB)).toContain('prune')
    expect(remedy(2 * GB - 1)).not.toContain('prune')
  })
  test('is shown in bytes and as a share', () => {
    const text = (freeBytes: number, bytes: number) =>
      found('space', { disk: { ...DISK, freeBytes, bytes } })?.text
    expect(text(9.96e9, 100e9)).toMatch(/10\.0 GB of 100 GB .*10\.0 %/)
    expect(text(2e9, 8e9)).toMatch(/2\.0 GB of 8\.0 GB .*25 %/)
    expect(text(2.5e8, 9.99e8)).toMatch(/250 MB of 999 MB/)
    expect(text(11e9, 0.3e12)).toMatch(/11 GB of 300 GB .*3\.7 %/)
  })
})

describe('the inodes of the disk', () => {
  const at = (freeInodes: number | null, inodes: number | null = 1e8) =>
    statuses('inodes', { disk: { ...DISK, inodes, freeInodes } })
  test.each([
    ['many of many', 1e6, 1e8, ['ok']],
    ['fewer than a million of many', 1e6 - 1, 1e8, ['warn']],
    ['a tenth of few', 1e5, 1e6, ['ok']],
    ['less than a tenth of few', 1e5 - 1, 1e6, ['warn']],
    ['what builds need', 20_000, 1e8, ['warn']],
    ['less than builds need', 19_999, 1e5, ['fail']],
    ['some of none', 20_000, 0, ['ok']],
    ['where there is no fixed number', null, null, []],
    ['where only one is known', null, 1e8, []],
  ])('%s: %s of %s are %j', (_, free, all, expected) => expect(at(free, all)).toEqual(expected))
})

describe('the budget', () => {
  const at = (bytes: number, maxBytes: number, schedule = '30 3 * * *') =>
    found('budget', { budget: { bytes, maxBytes, at: 0, schedule } })
  test('is met up to the last byte', () => {
    expect(at(5, 5)?.status).toBe('ok')
    expect(at(6, 5)?.status).toBe('warn')
    expect(at(0, 0)?.status).toBe('ok')
    expect(at(1, 0)?.status).toBe('warn')
  })
  test('is shown as a share, with its day', () => {
    expect(at(1, 3)?.text).toMatch(/33 % .*1970-01-01/)
    expect(at(1, 0)?.text).not.toMatch(/Infinity|NaN/)
    expect(at(6, 5)?.text).not.toBe(at(6, 5, 'off')?.text)
  })
  test('is not reported if there is none', () => expect(statuses('budget', {})).toEqual([]))
})

describe('pip', () => {
  const at = (hasDownloads: boolean, downloadsChanged: number, lastWritten: number | null) =>
    statuses('pip', { pip: { hasDownloads, downloadsChanged, lastWritten } })
  test.each<[boolean, number, number | null, string[]]>([
    [false, 1, 2, ['warn']],
    [false, 2, 2, []],
    [false, 3, 2, []],
    [false, 1, null, []],
    [true, 1, 2, []],
  ])('with downloads %s of %i, written %s: %j', (has, changed, written, expected) =>
    expect(at(has, changed, written)).toEqual(expected),
  )
})

describe('Docker', () => {
  const gc = (daemon: string, isConfigured: boolean) => ({
    gc: { engine: '28.5.2', daemon, isConfigured, budgets: BUDGETS },
  })
  const fine = JSON.stringify({ builder: { gc: { enabled: false } } })
  const strict = JSON.stringify({ builder: { gc: { policy: [{ maxUsedSpace: '1GB' }] } } })
  test.each<[string, string, boolean, string, boolean]>([
    ['rules that leave room', fine, true, 'ok', false],
    ['rules that leave none for what was set', strict, true, 'warn', true],
    ['rules that leave none for what nobody set', strict, false, 'ok', false],
    ['rules that cannot be read', '{', true, 'warn', false],
    ['rules that leave room for what nobody set', fine, false, 'ok', false],
  ])('with %s', (_, daemon, isConfigured, status, needs) => {
    expect(statuses('docker-gc', gc(daemon, isConfigured))).toEqual([status])
    expect(needsGc({ ...healthy, ...gc(daemon, isConfigured) })).toBe(needs)
  })
  test('with unknown rules has no finding', () => {
    expect(statuses('docker-gc', {})).toEqual([])
    expect(needsGc(healthy)).toBe(false)
  })
  test('does not hide a defect in the check of its rules', () => {
    const broken = gc('', true)
    const facts = { ...healthy, gc: { ...broken.gc, engine: null as unknown as string } }
    expect(() => needsGc(facts)).toThrow(TypeError)
    expect(() => checkHost(facts)).toThrow(TypeError)
  })
  test.each<[string, Partial<HostFacts>, string[]]>([
    ['is needed by Dokku', { docker: { error: 'x' } }, ['fail']],
    ['is missed without Dokku', { docker: { error: 'x' }, kind: 'local' }, ['warn']],
    ['is there', {}, ['ok']],
  ])('%s', (_, changed, expected) => expect(statuses('docker', changed)).toEqual(expected))

  test.each<[string, string[], string[], string[]]>([
    ['rootless', ['name=rootless'], ['warn'], []],
    ['userns', ['name=seccomp,profile=x', 'name=userns'], ['warn'], []],
    ['both', ['name=rootless', 'name=userns'], ['warn', 'warn'], []],
    ['selinux', ['name=selinux'], [], ['warn']],
    ['selinux among others of one option', ['a=b,name=selinux'], [], ['warn']],
    ['what only begins like it', ['name=rootlessness'], [], []],
  ])('with the security option %s', (_, securityOptions, users, selinux) => {
    const changed = { docker: { version: '28.5.2', securityOptions } }
    expect(statuses('docker-users', changed)).toEqual(users)
    expect(statuses('selinux', changed)).toEqual(selinux)
  })
})

describe('directories', () => {
  const problem = (path: string, kind: 'in the way' | 'mode' | 'acl') => ({
    ...{ path, kind, cache: 'pip', problem: 'x' },
  })
  const paths = (changed: Partial<HostFacts>) =>
    directoryProblems({ ...healthy, ...changed }).map(({ path }) => path)
  test('below an obstacle are not reported', () => {
    const directories = [
      ...[problem('pip', 'in the way'), problem('pip/a', 'mode'), problem('pipx', 'mode')],
      problem('', 'mode'),
    ]
    expect(paths({ directories })).toEqual(['pip', 'pipx', ''])
  })
  test('need ACLs only if they work and are needed', () => {
    const directories = [problem('pip', 'acl'), problem('npm', 'mode')]
    expect(paths({ directories })).toEqual(['pip', 'npm'])
    expect(paths({ directories, hasSetfacl: false })).toEqual(['npm'])
    expect(paths({ directories, kind: 'local' })).toEqual(['npm'])
  })
  test('are reported with the root, which is one itself', () => {
    const texts = checkHost({
      ...healthy,
      directories: [problem('', 'mode'), problem('a', 'mode')],
    })
      .filter(({ name }) => name === 'directories')
      .map(({ text }) => text.split(':')[0])
    expect(texts).toEqual([ROOT, `${ROOT}/a`])
  })
})

describe('the root helper', () => {
  test.each<[string, Partial<HostFacts>, string[]]>([
    ['answers', {}, ['ok']],
    ['does not', { helper: { error: 'x' } }, ['fail']],
    ['is of another root', { helper: { version: '1.2.3', root: '/x' } }, ['fail']],
    ['is of another version', { helper: { version: '1.2.4', root: ROOT } }, ['warn']],
    ['is not needed', { helper: null }, []],
  ])('%s', (_, changed, expected) => expect(statuses('helper', changed)).toEqual(expected))
})
