import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  makeCaches,
  removeSteps,
  usage,
  walkCache,
  type Machine,
} from '../../src/host/caches/caches'
import { OPENING } from '../../src/core/apps/layout'
import type { Step } from '../../src/core/caches/units/steps'
import { makeRunner } from '../../src/host/runner'

/** Swaps a directory of the cache for a link that leads outside, and back, as fast as it can. */
const ATTACKER = `
  const fs = require('node:fs')
  const [cache, outside] = process.argv.slice(1)
  const quietly = (use) => { try { use() } catch {} }
  let swaps = 0
  process.on('SIGTERM', () => { console.log(swaps); process.exit() })
  const round = () => {
    for (let i = 0; i < 200; i++) {
      quietly(() => fs.mkdirSync(cache + '/real/inner', { recursive: true }))
      quietly(() => fs.writeFileSync(cache + '/real/inner/file', 'x'))
      quietly(() => fs.renameSync(cache + '/real', cache + '/place'))
      quietly(() => fs.renameSync(cache + '/place', cache + '/real'))
      quietly(() => fs.renameSync(cache + '/link', cache + '/place'))
      quietly(() => fs.renameSync(cache + '/place', cache + '/link'))
      swaps += 2
    }
    setImmediate(round)
  }
  round()
`

let base: string
let outside: string
let machine: Machine
let attacker: ChildProcess

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  const root = join(base, 'shared')
  outside = join(base, 'outside')
  mkdirSync(join(outside, 'inner'), { recursive: true, mode: 0o700 })
  writeFileSync(join(outside, 'inner/file'), 'secret', { mode: 0o600 })
  machine = { platform: { kind: 'local', root, hostRoot: root }, runner: makeRunner(false) }
  await makeCaches(machine, ['npm'])
  symlinkSync(outside, join(root, 'npm/link'))
  attacker = spawn(process.execPath, ['-e', ATTACKER, join(root, 'npm'), outside])
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

/** Everything that a step outside would show in: names, inodes, modes, owners, sizes, times of change. */
const seenOutside = () =>
  execFileSync('find', [outside, '-printf', '%P %i %m %U %G %s %C@\n'], { encoding: 'utf8' })

test('while directories are swapped for links, nothing outside is read, changed or deleted', async () => {
  const before = seenOutside()
  const inner = lstatSync(join(outside, 'inner'), { bigint: true })
  const file = lstatSync(join(outside, 'inner/file'), { bigint: true })
  // Even steps that name what is outside, as it is there: only the way to it is wrong.
  const steps: Step[] = Array.from({ length: 100 }).flatMap(() => [
    { action: 'unlink', path: 'place/inner/file', identity: `${file.ino}:${file.mtimeNs}` },
    { action: 'trash', path: 'place/inner', identity: `${inner.ino}:${inner.mtimeNs}` },
    { action: 'tidy', path: 'place/inner', identity: '' },
  ])
  const seen = new Set<string>()
  for (const end = Date.now() + 2500; Date.now() < end;) {
    await walkCache(machine, 'npm', ({ inode }) => seen.add(inode))
    await usage(machine, ['npm'])
    await removeSteps(machine, 'npm', steps, () => undefined)
    writeFileSync(join(base, 'shared/npm', OPENING), '')
    await makeCaches(machine, ['npm'])
  }
  attacker.kill('SIGTERM')
  const [swaps] = (await once(attacker.stdout ?? attacker, 'data')) as [Buffer]
  expect(Number(swaps)).toBeGreaterThan(1000)
  expect(seenOutside()).toBe(before)
  expect(seen).not.toContain(String(file.ino))
})
