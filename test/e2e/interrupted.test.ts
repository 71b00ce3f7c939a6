import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { version } from '../../package.json'
import { runBundle } from '../support/bundle'

const FILES = 8000

let root: string
const directory = () => join(root, 'npm/_cacache/content-v2/sha512/aa/bb')

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shared-cache-'))
  mkdirSync(directory(), { recursive: true })
  for (let index = 0; index < FILES; index++) {
    writeFileSync(join(directory(), index.toString(16).padStart(124, '0')), '')
  }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const PRUNE = ['prune', '--cache', 'npm', '--older-than', '0d', '--force']

test.each<[NodeJS.Signals, number]>([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])(
  '%s stops a prune at once, prints what was done, and the next prune continues',
  async (signal, exit) => {
    const bundle = `dist/dokku-shared-cache-${version}/shared-cache.cjs`
    const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
    const running = spawn(process.execPath, [bundle, ...PRUNE], { env, stdio: 'pipe' })
    let said = ''
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const over = once(running, 'exit')
    while (readdirSync(directory()).length > FILES - 1000) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    running.kill(signal)
    expect(await over).toEqual([exit, null])
    expect(said).toMatch(
      /Stopped: removed \d+ units from npm, freed .*\. Run the command again to continue\./,
    )
    const left = readdirSync(directory()).length
    expect(left).toBeGreaterThan(0)
    expect(await runBundle(PRUNE, env)).toMatchObject({ exit: 0 })
    expect(readdirSync(directory())).toEqual([])
  },
)
