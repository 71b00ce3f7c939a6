import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Machine } from '../../../../src/shared-cache/directories/host/caches'
import { cachesThere, groupsOn } from '../../../../src/shared-cache/directories/host/names'
import { makeRunner } from '../../../../src/foundation/process/runner'

let base: string
let root: string
let machine: Machine

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'names-'))
  root = join(base, 'root')
  machine = { platform: { kind: 'local', root, hostRoot: root }, runner: makeRunner(false) }
})
afterEach(() => rmSync(base, { recursive: true }))

const make = (...paths: string[]) => {
  for (const path of paths) mkdirSync(join(root, path), { recursive: true })
}

test('where nothing is there are no caches and no groups', () => {
  expect([cachesThere(machine), groupsOn(machine)]).toEqual([[], []])
})

test('caches are those whose directories are there, of groups too', () => {
  make('npm', 'rust', 'groups/team/pip', 'groups/alone', 'groups/Not a group/pip', 'mine')
  writeFileSync(join(root, 'uv'), '')
  expect(cachesThere(machine)).toEqual(['npm', 'cargo', 'team:pip'])
  expect(groupsOn(machine)).toEqual(['alone', 'team'])
})

describe('links are not followed', () => {
  beforeEach(() => {
    mkdirSync(join(base, 'elsewhere/team/pip'), { recursive: true })
    make('npm')
  })

  test('in place of the groups: a list leaves them out, who asks for groups is told', () => {
    symlinkSync(join(base, 'elsewhere'), join(root, 'groups'))
    expect(cachesThere(machine)).toEqual(['npm'])
    expect(() => groupsOn(machine)).toThrow(`${root}/groups is a symbolic link`)
  })
  test('in place of a group, and of a cache', () => {
    make('groups')
    symlinkSync(join(base, 'elsewhere/team'), join(root, 'groups/team'))
    symlinkSync(join(base, 'elsewhere/team/pip'), join(root, 'pip'))
    expect(cachesThere(machine)).toEqual(['npm'])
  })
})
