import {
  chmodSync,
  closeSync,
  mkdirSync,
  symlinkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import type { Programs } from '../../../../src/shared-cache/catalogue/core/programs'
import {
  hasPrograms,
  programProblem,
  placePrograms,
} from '../../../../src/shared-cache/directories/host/programs'
import { openPath } from '../../../../src/foundation/files/walker'

const PROGRAMS: Programs = {
  directory: 'x-program',
  files: [
    { name: 'run', text: '#!/bin/sh\n', mode: 0o755 },
    { name: 'settings', text: 'run\n', mode: 0o644 },
  ],
}

describe('the programs of a cache', () => {
  let root: string
  const at = (name: string) => join(root, PROGRAMS.directory, name)
  function place(programs = PROGRAMS): void {
    const top = openPath(root)
    try {
      placePrograms(top, programs)
    } finally {
      closeSync(top)
    }
  }
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  test('are written for all to read, whatever the umask', () => {
    const before = process.umask(0o077)
    try {
      place()
    } finally {
      process.umask(before)
    }
    expect(readdirSync(join(root, 'x-program')).sort()).toEqual(['run', 'settings'])
    expect(statSync(join(root, 'x-program')).mode & 0o777).toBe(0o755)
    expect([statSync(at('run')).mode & 0o777, statSync(at('settings')).mode & 0o777]).toEqual([
      0o755, 0o644,
    ])
    expect([hasPrograms(root, PROGRAMS), programProblem(root, PROGRAMS)]).toEqual([true, null])
  })

  test('that are older are replaced, and those that are current stay', () => {
    place()
    writeFileSync(at('run'), 'older')
    const settings = statSync(at('settings')).ino
    expect(hasPrograms(root, PROGRAMS)).toBe(false)
    place()
    expect(hasPrograms(root, PROGRAMS)).toBe(true)
    expect(statSync(at('settings')).ino).toBe(settings)
  })

  test.each<[string, () => void, string]>([
    ['no directory', () => rmSync(join(root, 'x-program'), { recursive: true }), ''],
    ['no program', () => rmSync(at('run')), '/run'],
    ['no settings', () => rmSync(at('settings')), '/settings'],
    ['a program that may not run', () => chmodSync(at('run'), 0o644), '/run'],
  ])('%s: a problem', (_, change, path) => {
    place()
    change()
    expect(programProblem(root, PROGRAMS)).toContain(`${join(root, 'x-program')}${path} `)
  })

  test('a link in place of their directory is not followed', () => {
    mkdirSync(join(root, 'other'))
    symlinkSync('other', join(root, 'x-program'))
    expect(() => place()).toThrow()
    expect(readdirSync(join(root, 'other'))).toEqual([])
  })

  test('no cache has a directory of the name', () => {
    const directories = CATALOGUE.map(({ directory }) => directory)
    for (const { programs } of CATALOGUE)
      if (programs) expect(directories).not.toContain(programs.directory)
  })

  test('the script of apt is written before the configuration that names it', () => {
    const apt = CATALOGUE.find(({ name }) => name === 'apt')?.programs
    expect(apt?.files.map(({ name }) => name)).toEqual(['http', 'https', 'apt.conf'])
  })
})
