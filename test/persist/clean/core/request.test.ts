import { describe, expect, it, test } from 'vitest'
import { chooseVolumes, parseRequest } from '../../../../src/persist/clean/core/request'
import { sampleVolume } from '../../../support/volumes'

const DAY = 86_400_000

describe('the options of clean', () => {
  test.each([
    [
      { kind: 'logs', olderThan: '30d' },
      { name: undefined, kind: 'logs', age: 30 * DAY },
    ],
    [
      { kind: 'cache', olderThan: '2h', name: 'tmp' },
      { name: 'tmp', kind: 'cache', age: 7_200_000 },
    ],
  ])('%j', (words, request) => {
    expect(parseRequest(words)).toEqual(request)
  })

  test.each([
    [{ olderThan: '30d' }, 'Please specify --kind'],
    [{ kind: 'logs' }, 'Please specify --older-than'],
    [{ kind: 'data', olderThan: '30d' }, 'Files of the kind "data" are never deleted by age'],
    [{ kind: 'state', olderThan: '30d' }, 'Files of the kind "state" are never deleted by age'],
    [{ kind: 'toString', olderThan: '30d' }, 'Files of the kind "toString" are never deleted'],
    [{ kind: 'logs', olderThan: '30' }, 'Invalid age: 30'],
    [{ kind: 'logs', olderThan: '-3d' }, 'Invalid age: -3d'],
  ])('refuses %j', (words, message) => {
    expect(() => parseRequest(words)).toThrow(message)
  })
})

describe('the volumes that are cleaned', () => {
  const data = sampleVolume()
  const a = sampleVolume({ entry: 'a', name: 'a', kind: 'logs' })
  const b = sampleVolume({ entry: 'b', name: 'b', kind: 'logs' })
  const request = (kind: string, name?: string) =>
    parseRequest({ kind, olderThan: '1d', ...(name ? { name } : {}) })

  it('have the kind', () => {
    expect(chooseVolumes('shop', [data, a, b], request('logs'))).toEqual([a, b])
  })
  it('are the one that was named', () => {
    expect(chooseVolumes('shop', [b], request('logs', 'b'))).toEqual([b])
  })
  test.each([
    ['logs', 'uploads', 'The volume uploads of shop has the kind data, not logs'],
    ['cache', undefined, 'shop has no volume of the kind cache'],
  ])('%s %s is refused', (kind, name, message) => {
    expect(() => chooseVolumes('shop', [data], request(kind, name))).toThrow(message)
  })
})
