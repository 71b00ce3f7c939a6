import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { version } from '../../package.json'

const node18 = process.env['SHARED_CACHE_TEST_NODE18'] ?? ''
const bundle = `dist/dokku-shared-cache-${version}/shared-cache.cjs`

describe.skipIf(!node18)('the bundle on the oldest supported Node (needs Node 18.19)', () => {
  const run = (...args: string[]) => execFileSync(node18, [bundle, ...args], { encoding: 'utf8' })

  it('is tested on Node 18.19.1', () => {
    expect(execFileSync(node18, ['--version'], { encoding: 'utf8' })).toBe('v18.19.1\n')
  })

  it('answers --version', () => {
    expect(run('--version')).toBe(`${version}\n`)
  })

  it('answers --help, which loads the command line', () => {
    expect(run('--help')).toContain('setup [options] [app...]')
  })
})
