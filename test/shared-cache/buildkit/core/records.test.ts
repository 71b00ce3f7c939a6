import { describe, expect, test } from 'vitest'
import type { RawRecord } from '../../../../src/foundation/core/build-record'
import {
  buildInventory,
  isMount,
  readRecord,
} from '../../../../src/shared-cache/buildkit/core/records'
import type { Selection } from '../../../../src/shared-cache/prune-plan/core/inventory'
import { recorded } from '../../../support/engine'

const TIME = '2026-11-21T10:28:33.177305203Z'

function raw(given: Partial<RawRecord> = {}): RawRecord {
  return {
    ID: 'a',
    Type: 'regular',
    Description: '',
    InUse: false,
    Shared: false,
    Size: 1,
    CreatedAt: TIME,
    LastUsedAt: TIME,
    UsageCount: 1,
    ...given,
  }
}

const mount = (Description: string) => readRecord(raw({ Type: 'exec.cachemount', Description }))

describe('reading a record', () => {
  test.each([
    ['API 1.42 and up, a key that begins with a space', { ' Parents': ['p', 'q'] }, ['p', 'q']],
    ['API 1.41', { Parent: 'p' }, ['p']],
    ['API 1.41, none', { Parent: '' }, []],
    ['null', { ' Parents': null }, []],
    ['no key at all', {}, []],
  ])('parents: %s', (_, given, parents) => {
    expect(readRecord(raw(given)).parents).toEqual(parents)
  })

  test('the last use is in milliseconds', () => {
    expect(readRecord(raw()).lastUsed).toBe(Date.parse('2026-11-21T10:28:33.177Z'))
  })

  test('a record that was never used counts from its creation', () => {
    expect(readRecord(raw({ LastUsedAt: null })).lastUsed).toBe(Date.parse(TIME))
  })

  test.each([
    [
      'with an id',
      'cached mount /root/.npm from exec /bin/sh -c npm ci with id "/npm-shared"',
      { target: '/root/.npm', id: '/npm-shared' },
      '/bin/sh -c npm ci',
    ],
    [
      'with a command of several lines',
      'cached mount /c from exec /bin/sh -c a\nb with id "//c"',
      { target: '/c', id: '//c' },
      '/bin/sh -c a\nb',
    ],
    [
      'with a command that speaks of ids itself',
      'cached mount /c from exec echo with id "no" with id "//c"',
      { target: '/c', id: '//c' },
      'echo with id "no"',
    ],
    [
      'before Engine 25',
      'cached mount /root/.npm from exec /bin/sh -c touch x',
      { target: '/root/.npm', id: null },
      '/bin/sh -c touch x',
    ],
  ])('a cache mount %s', (_, description, parsed, command) => {
    expect(mount(description)).toMatchObject({ mount: parsed, command })
  })

  test.each([
    ['mount / from exec /bin/sh -c make', '/bin/sh -c make'],
    ['[stage-0 3/7] COPY package.json ./', 'COPY package.json ./'],
    ['[2/2] COPY a.txt /a.txt', 'COPY a.txt /a.txt'],
    ['local source for context', ''],
  ])('the command of %s', (description, command) => {
    expect(readRecord(raw({ Description: description }))).toMatchObject({ command, mount: null })
  })
})

describe('which cache mount a name matches', () => {
  const npm = { id: '/npm-shared', target: '/root/.npm' }
  test.each([
    ['/npm-shared', true],
    ['npm-shared', true],
    ['/root/.npm', true],
    ['npm', false],
    ['/root', false],
  ])('%s: %s', (name, meant) => {
    expect(isMount(npm, name)).toBe(meant)
  })
})

describe('the inventory', () => {
  const records = [
    raw({ ID: 'base', Size: 5 }),
    raw({ ID: 'layer', ' Parents': ['base'], Size: 7 }),
    raw({
      ID: 'npm',
      Type: 'exec.cachemount',
      Description: 'cached mount /root/.npm from exec npm ci with id "//root/.npm"',
      ' Parents': ['layer'],
    }),
    raw({ ID: 'running', InUse: true, Size: 0 }),
    raw({ ID: 'image', Shared: true, ' Parents': ['image-base'] }),
    raw({ ID: 'image-base' }),
    raw({ ID: 'syntax', Type: 'frontend' }),
    raw({ ID: 'glue', Type: 'internal' }),
  ].map(readRecord)
  const apps = ({ id }: { id: string }) =>
    id === 'layer' ? ['web'] : id === 'base' ? ['web', 'api'] : []
  const select = (selection: Selection) => {
    const { units } = buildInventory(records, selection, apps)
    return units.map(({ id, inUse }) => (inUse ? `${id}!` : id))
  }

  test.each<[string, Selection, string[]]>([
    [
      'all but what an image shares or Docker keeps',
      {},
      ['base', 'layer', 'npm', 'running!', 'image-base!'],
    ],
    [
      'one type, held by what is of another',
      { type: 'regular' },
      ['base', 'layer!', 'running!', 'image-base!'],
    ],
    ['one cache mount', { cacheMount: '/root/.npm' }, ['npm']],
    ['a cache mount that is not there', { cacheMount: '/root/.yarn' }, []],
    [
      'all but cache mounts',
      { keepCacheMounts: true },
      ['base', 'layer!', 'running!', 'image-base!'],
    ],
    ['what is one app’s alone', { app: 'web' }, ['layer!']],
  ])('%s', (_, selection, expected) => {
    expect(select(selection)).toEqual(expected)
  })

  test('every record of a real Engine has a time, and the bytes of the answer', () => {
    const answer = recorded('28.5.2', 'system-df.type-build-cache.idle.v1.51').body
    const raws = (answer as { BuildCache: RawRecord[] }).BuildCache
    const units = buildInventory(raws.map(readRecord), {}, () => []).units.slice()
    expect(units.every(({ lastUsed }) => lastUsed !== null && lastUsed > 0)).toBe(true)
    expect(units.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(3_751_472)
  })
})
