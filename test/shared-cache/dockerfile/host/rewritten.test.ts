import { describe, expect, test } from 'vitest'
import type { Server } from '../../../../src/shared-cache/apps/host/server'
import { baseKey } from '../../../../src/shared-cache/devices/core/cdi'
import {
  type Rewritten,
  forgetRewriting,
  noteRewriting,
  notedBuild,
} from '../../../../src/shared-cache/dockerfile/host/rewritten'

/** A server of which only the properties of one app are used, and the keys that were written. */
function serverWith(values: Record<string, string>) {
  const written: string[] = []
  const properties = {
    all: () => ({ ...values }),
    set: (_: string, key: string, value: string) => {
      written.push(key)
      values[key] = value
      return Promise.resolve()
    },
    unset: (_: string, key: string) => {
      written.push(key)
      Reflect.deleteProperty(values, key)
      return Promise.resolve()
    },
  }
  return { server: { dokku: { properties } } as unknown as Server, values, written }
}

const python = { reference: 'python:3.12', platform: '' }
const node = { reference: 'node:24', platform: 'linux/amd64' }
const SYSTEM = 'debian-12-amd64-glibc'
const nothing: Rewritten = { frontend: '', base: null, browsers: '', others: [], allowed: [] }

describe('the note about a rewritten Dockerfile', () => {
  test('has a property for each value, none for an empty one', async () => {
    const { server, values } = serverWith({ group: 'x' })
    const build = { frontend: 'x:1-labs', base: python, others: [node, python], browsers: 'own' }
    await noteRewriting(server, 'web', { ...build, allowed: ['npm', 'pip'] })
    expect(values).toEqual({
      group: 'x',
      'rewritten-frontend': 'x:1-labs',
      'rewritten-devices': 'npm pip',
      'rewritten-base': baseKey(python),
      'rewritten-other-bases': `${baseKey(node)},${baseKey(python)}`,
      'rewritten-browsers': 'own',
    })
    await noteRewriting(server, 'web', nothing)
    expect(values).toEqual({ group: 'x' })
  })

  test('is not written again where nothing changed', async () => {
    const { server, written } = serverWith({})
    const build = { ...nothing, frontend: 'x:1-labs', base: python }
    await noteRewriting(server, 'web', build)
    await noteRewriting(server, 'web', build)
    expect(written.sort()).toEqual(['rewritten-base', 'rewritten-frontend'])
  })

  test('is removed with the note of an older version', async () => {
    const { server, values } = serverWith({
      rewritten: 'x - -',
      'rewritten-devices': 'npm',
      layout: 'root',
    })
    await forgetRewriting(server, 'web')
    expect(values).toEqual({ layout: 'root' })
  })

  test.each<[string, Partial<Rewritten>, ReturnType<typeof notedBuild>]>([
    ['nothing', {}, { base: null, others: [], browsers: null, speaks: false }],
    [
      'a base',
      { base: python },
      { base: baseKey(python), others: [], browsers: null, speaks: false },
    ],
    [
      'bases of other stages',
      { base: python, others: [node] },
      { base: baseKey(python), others: [baseKey(node)], browsers: null, speaks: false },
    ],
    [
      'browsers in a directory',
      { browsers: SYSTEM },
      { base: null, others: [], browsers: SYSTEM, speaks: false },
    ],
    [
      'browsers where the file says',
      { browsers: 'own' },
      { base: null, others: [], browsers: null, speaks: true },
    ],
  ])('is read after the build: %s', async (_, build, noted) => {
    const { server } = serverWith({})
    await noteRewriting(server, 'web', { ...nothing, ...build })
    expect(notedBuild(server, 'web')).toEqual(noted)
  })

  test.each<[string, ReturnType<typeof notedBuild>]>([
    ['- -:- -', { base: null, others: [], browsers: null, speaks: false }],
    [
      'x:1-labs 0123:own 45,67 npm',
      { base: '0123', others: ['45', '67'], browsers: null, speaks: true },
    ],
    [`- -:${SYSTEM}`, { base: null, others: [], browsers: SYSTEM, speaks: false }],
  ])('of an older version is read for a build during an update: %s', (rewritten, noted) => {
    const { server } = serverWith({ rewritten, 'rewritten-base': 'of the deploy before' })
    expect(notedBuild(server, 'web')).toEqual(noted)
  })
})
