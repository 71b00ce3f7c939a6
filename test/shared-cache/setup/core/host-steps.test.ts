import { describe, expect, test } from 'vitest'
import {
  type EngineFacts,
  type HostFacts,
  planHost,
} from '../../../../src/shared-cache/setup/core/host-steps'

const IMAGE = 'docker/dockerfile:1-labs'

const engine: EngineFacts = {
  version: '28.5.2',
  hasCdi: true,
  hasDevices: true,
  frontend: IMAGE,
  hasFrontend: true,
  isFrontendKept: true,
  supportsDevices: true,
}
const ready: HostFacts = {
  isSetUp: true,
  schedule: '30 3 * * *',
  missingEntries: [],
  specification: '/etc/cdi/dokku-shared-cache.json',
  container: 'shared-cache-frontend',
  engine,
  sccache: null,
}

const CRONTAB = { kind: 'crontab', schedule: '30 3 * * *' }
const CDI = { kind: 'cdi', path: '/etc/cdi/dokku-shared-cache.json' }
const PULL = { kind: 'image', image: IMAGE }
const CONTAINER = { kind: 'container', name: 'shared-cache-frontend', image: IMAGE }

describe('what setup does to the host', () => {
  test.each<[string, Partial<HostFacts>, object[]]>([
    ['nothing on a host that has everything', {}, []],
    [
      'everything on a new host',
      {
        isSetUp: false,
        missingEntries: ['shared-cache-pip'],
        engine: {
          ...engine,
          hasDevices: false,
          hasFrontend: false,
          isFrontendKept: false,
          supportsDevices: null,
        },
        sccache: '0.16.0',
      },
      [
        CRONTAB,
        { kind: 'storage-entries', names: ['shared-cache-pip'] },
        CDI,
        PULL,
        CONTAINER,
        { kind: 'sccache', version: '0.16.0' },
      ],
    ],
    ['no crontab entry with the schedule off', { isSetUp: false, schedule: 'off' }, []],
    ['the container alone', { engine: { ...engine, isFrontendKept: false } }, [CONTAINER]],
    ['the specification alone', { engine: { ...engine, hasDevices: false } }, [CDI]],
    [
      'nothing for builds on an Engine without CDI',
      { engine: { ...engine, hasCdi: false, hasDevices: false, hasFrontend: false }, sccache: '1' },
      [],
    ],
    [
      'nothing for builds without an Engine',
      { isSetUp: false, engine: { problem: 'x', command: 'y' }, sccache: '1' },
      [CRONTAB],
    ],
  ])('%s', (_, facts, steps) => expect(planHost({ ...ready, ...facts }).steps).toEqual(steps))
})

describe('why Dockerfile builds will not use the caches', () => {
  test.each<[string, HostFacts['engine'], string | null]>([
    ['they will', engine, null],
    ['not known before the image is fetched', { ...engine, supportsDevices: null }, null],
    [
      'no CDI',
      { ...engine, hasCdi: false, version: '27.1' },
      'Dockerfile builds cannot use the shared caches: Docker 27.1 has no CDI devices',
    ],
    [
      'another frontend',
      { ...engine, frontend: 'own', supportsDevices: false },
      'Dockerfile builds cannot use the shared caches: the frontend own does not support RUN --device',
    ],
    ['no Engine', { problem: 'Docker is down', command: 'start it' }, 'Docker is down'],
  ])('%s', (_, facts, problem) =>
    expect(planHost({ ...ready, engine: facts }).builds?.problem ?? null).toBe(problem),
  )
})
