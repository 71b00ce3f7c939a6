import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HelperStep, PART } from '../../../../src/persist/image-updates/core/step'
import { directory, file, link } from '../../../support/image-tree'
import { isRoot } from '../../../support/needs'
import { makePersistServer, mergeInput, type PersistServer } from '../../../support/persist-server'
import { mountSmallDisk, type SmallDisk } from '../../../support/small-disk'

/** Number of swaps; ten thousand take a minute or two. */
const SWAPS = Number(process.env['SHARED_CACHE_TEST_SWAPS'] ?? 1000)

/**
 * Swaps a directory of the volume, files in it, and what a merge is about to place, with links to the
 * outside and pipes, and back, as fast as possible. Writes the number of swaps to a file.
 */
const ATTACKER = `
  const fs = require('node:fs')
  const { execFileSync } = require('node:child_process')
  const [volume, outside, part, counter] = process.argv.slice(1)
  const quietly = (use) => { try { use() } catch {} }
  const own = volume + '/own'
  fs.mkdirSync(own)
  execFileSync('mkfifo', [own + '/pipe'])
  const swap = (place, kept, other) => {
    quietly(() => fs.renameSync(place, kept))
    quietly(() => fs.renameSync(other, place))
    quietly(() => fs.renameSync(place, other))
    quietly(() => fs.renameSync(kept, place))
  }
  let swaps = 0
  const round = () => {
    for (let i = 0; i < 50; i++) {
      quietly(() => fs.mkdirSync(volume + '/d', { recursive: true }))
      for (const name of ['f', 'g', 'h']) {
        quietly(() => fs.writeFileSync(volume + '/d/' + name, 'old', { flag: 'wx' }))
      }
      quietly(() => fs.symlinkSync(outside, own + '/link'))
      quietly(() => fs.symlinkSync(outside + '/f', own + '/link-to-file'))
      swap(volume + '/d', own + '/real', own + '/link')
      swap(volume + '/d/f', own + '/file', own + '/link-to-file')
      swap(volume + '/d/g', own + '/file-2', own + '/pipe')
      quietly(() => fs.renameSync(volume + '/' + part, own + '/stolen'))
      quietly(() => fs.symlinkSync(outside + '/f', volume + '/' + part))
      quietly(() => fs.unlinkSync(volume + '/' + part))
      swaps += 8
    }
    fs.writeFileSync(counter, String(swaps))
    setImmediate(round)
  }
  round()
`

let base: string
let outside: string
let counter: string
let server: PersistServer
let disk: SmallDisk | undefined
let attacker: ChildProcess

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'persist-'))
  server = makePersistServer(base)
  outside = join(base, 'outside')
  // Root gets a file system with strict access times, which show every read.
  if (isRoot) {
    disk = mountSmallDisk(outside)
    execFileSync('mount', ['-o', 'remount,strictatime', outside])
  }
  mkdirSync(join(outside, 'm'), { recursive: true })
  for (const name of ['f', 'g', 'h']) writeFileSync(join(outside, name), 'old', { mode: 0o644 })
  counter = join(base, 'counter')
  const words = ['-e', ATTACKER, server.volume, outside, PART, counter]
  attacker = spawn(process.execPath, words, { stdio: 'ignore' })
})
afterEach(async () => {
  attacker.kill('SIGKILL')
  if (attacker.exitCode === null && attacker.signalCode === null) await once(attacker, 'exit')
  disk?.unmount()
  disk = undefined
  rmSync(base, { recursive: true, force: true })
})

/** Everything that would change if something outside were used, including access times. */
const seenOutside = () =>
  ['', 'm', 'f', 'g', 'h'].map((path) => {
    const stats = lstatSync(join(outside, path), { bigint: true })
    const { ino, mode, uid, gid, nlink, size, atimeNs, mtimeNs, ctimeNs } = stats
    return [path, ino, mode, uid, gid, nlink, size, isRoot ? atimeNs : 0n, mtimeNs, ctimeNs].join()
  })

/** Steps that would all succeed outside: what is there is as they expect. */
function steps(): (readonly [HelperStep, string?])[] {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const owner = isRoot ? { uid: 1234, gid: 1234 } : own
  const [old, wanted] = [file('old', own), file('new', { ...owner, mode: 0o600 })]
  const put = { from: 'd/f', expected: old } as const
  return [
    [{ kind: 'set', path: 'd/h', expected: old, wanted: { ...old, ...owner, mode: 0o600 } }],
    [
      {
        kind: 'set',
        path: 'd',
        expected: directory(own),
        wanted: directory({ ...own, mode: 0o711 }),
      },
    ],
    [{ kind: 'remove', path: 'd/g', expected: old }],
    [{ kind: 'rmdir', path: 'd/m', expected: directory(own) }],
    [{ kind: 'mkdir', path: 'd/n', wanted: directory(owner) }],
    [{ kind: 'link', path: 'd/l', from: 'd/l', expected: null, wanted: link('x', owner) }],
    [{ kind: 'link', path: 'd/f', ...put, wanted: link('x', owner) }],
    [{ kind: 'write', path: 'd/f', ...put, wanted }, 'new'],
    [{ kind: 'write', path: 'd/k', from: 'd/k', expected: null, wanted }, 'new'],
  ]
}

test('while an attacker swaps them for links, nothing outside is read, changed or made', () => {
  const before = seenOutside()
  const inside = new Set(['d', 'd/f', 'd/g', 'd/h', 'd/l', 'd/k', 'd/m', 'd/n'])
  const swaps = () => (existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0)
  let [rounds, applied] = [0, 0]
  while (swaps() < SWAPS || rounds < 5) {
    server.state([...inside])
    const input = mergeInput(Array.from({ length: 50 }, steps).flat())
    const { status, stdout, stderr } = server.run(['merge', 'v'], input)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    applied += stdout.split('\n').filter((line) => line === 'null').length
    rounds += 1
  }
  expect(seenOutside()).toEqual(before)
  expect(applied).toBeGreaterThan(0)
  if (process.env['SHARED_CACHE_TEST_SWAPS']) {
    console.log(`${swaps()} swaps, ${rounds} rounds, ${applied} steps applied`)
  }
}, 600_000)
