import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Host } from '../../../../src/foundation/cli/command'
import { cachesThere, groupsOn } from '../../../../src/shared-cache/directories/host/names'
import { localHost } from '../../../support/host'

let base: string
let root: string
let host: Host

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'names-'))
  root = join(base, 'root')
  host = localHost(root)
})
afterEach(() => rmSync(base, { recursive: true }))

const make = (...paths: string[]) => {
  for (const path of paths) mkdirSync(join(root, path), { recursive: true })
}

test('without directories there are no caches and no groups', () => {
  expect([cachesThere(host), groupsOn(host)]).toEqual([[], []])
})

test('caches are those whose directories exist, including those of groups', () => {
  make('npm', 'rust', 'groups/team/pip', 'groups/alone', 'groups/Not a group/pip', 'mine')
  writeFileSync(join(root, 'uv'), '')
  expect(cachesThere(host)).toEqual(['npm', 'cargo', 'team:pip'])
  expect(groupsOn(host)).toEqual(['alone', 'team'])
})

describe('links are not followed', () => {
  beforeEach(() => {
    mkdirSync(join(base, 'elsewhere/team/pip'), { recursive: true })
    make('npm')
  })

  test("instead of the groups' directory: lists leave the groups out, a request for groups is an error", () => {
    symlinkSync(join(base, 'elsewhere'), join(root, 'groups'))
    expect(cachesThere(host)).toEqual(['npm'])
    expect(() => groupsOn(host)).toThrow(`${root}/groups is a symbolic link`)
  })
  test('instead of a group, and of a cache', () => {
    make('groups')
    symlinkSync(join(base, 'elsewhere/team'), join(root, 'groups/team'))
    symlinkSync(join(base, 'elsewhere/team/pip'), join(root, 'pip'))
    expect(cachesThere(host)).toEqual(['npm'])
  })
})
