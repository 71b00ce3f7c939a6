import { describe, expect, test } from 'vitest'
import {
  type HostFacts,
  type InspectedMount,
  checkAll,
} from '../../../../src/persist/doctor/core/checks'

const FACTS: HostFacts = {
  version: '1.0.0',
  node: 'v20.0.0',
  helper: { version: '1.0.0' },
  docker: { version: '28.5.2' },
  mounts: [],
  cachesRoot: '/lib/data/shared',
  disk: { bytes: 1000, freeBytes: 500 },
  apps: [],
}
const mount = (over: Partial<InspectedMount> = {}): InspectedMount => ({
  app: 'web',
  hostPath: '/data/web',
  containerPath: '/data',
  readonly: false,
  found: 'directory',
  ...over,
})
const problems = (facts: Partial<HostFacts>) =>
  checkAll({ ...FACTS, ...facts }, String).filter(({ status }) => status !== 'ok')

describe('the doctor of persist', () => {
  test('finds nothing on a healthy host', () => {
    expect(problems({ mounts: [mount()] })).toEqual([])
    expect(checkAll({ ...FACTS, mounts: [mount()] }, String).at(-1)?.text).toBe(
      '1 storage mounts checked',
    )
  })

  test.each<[string, Partial<HostFacts>, Record<string, unknown>]>([
    [
      'a missing helper',
      { helper: { error: 'not installed' } },
      {
        status: 'fail',
        name: 'helper',
        text: 'not installed',
        remedy: 'sudo dokku plugin:install',
      },
    ],
    [
      'a helper of another version',
      { helper: { version: '0.9.0' } },
      { status: 'fail', name: 'helper', remedy: 'sudo dokku plugin:install' },
    ],
    [
      'a Docker that does not answer',
      { docker: { error: 'refused' } },
      { status: 'fail', name: 'docker', text: 'refused' },
    ],
    [
      'a host directory that does not exist',
      { mounts: [mount({ found: 'missing' })] },
      { status: 'warn', name: 'mounts', remedy: 'mkdir -p /data/web' },
    ],
    [
      'a directory that two apps can write to',
      { mounts: [mount(), mount({ app: 'api' })] },
      { status: 'warn', name: 'shared', text: '/data/web is writable by api, web' },
    ],
    [
      'a disk that is nearly full',
      { disk: { bytes: 1000, freeBytes: 100 } },
      {
        status: 'warn',
        name: 'space',
        text: 'the disk of the volumes is nearly full: 100 of 1000 are free',
      },
    ],
    [
      'an app that cannot be read',
      { apps: [{ app: 'web', error: 'Docker refused' }] },
      { status: 'fail', name: 'app', text: 'web: Docker refused' },
    ],
  ])('names %s', (_, facts, finding) => {
    expect(problems(facts)).toEqual([expect.objectContaining(finding)])
  })

  test.each<[string, readonly InspectedMount[]]>([
    ['a second app that can only read', [mount(), mount({ app: 'api', readonly: true })]],
    ['one app that mounts a directory twice', [mount(), mount({ containerPath: '/more' })]],
    [
      'a cache that apps share',
      ['web', 'api'].map((app) => mount({ app, hostPath: '/lib/data/shared/npm' })),
    ],
    ['a Docker volume', [mount({ hostPath: 'vol', found: 'volume' })]],
    ['a path that cannot be seen', [mount({ found: 'unknown' })]],
  ])('accepts %s', (_, mounts) => expect(problems({ mounts })).toEqual([]))
})
