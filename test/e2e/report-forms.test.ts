import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runBundle } from '../support/bundle'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'forms-'))
  mkdirSync(join(base, 'caches/npm'), { recursive: true })
  writeFileSync(join(base, 'caches/npm/file'), 'x'.repeat(5000))
})
afterEach(() => rmSync(base, { recursive: true }))

const report = (...args: string[]) =>
  runBundle(['report', ...args], {
    PATH: process.env['PATH'],
    SHARED_CACHE_ROOT: join(base, 'caches'),
    // Docker is missing: each format has everything else.
    DOCKER_HOST: `unix://${base}/nobody.sock`,
  })

test.each([
  ['json', /^\{"version":1,.*\}$/],
  [
    'prometheus',
    /^# HELP dokku_shared_cache_report_timestamp_seconds [^]*dokku_shared_cache_apps\{cache="npm"\} 0\n/,
  ],
  ['html', /^<!doctype html>\n[^]*<\/html>$/],
  ['stdout', /^=====> Shared caches in /],
])('a host as %s', async (format, text) => {
  const { exit, stdout, stderr } = await report('--global', '--format', format)
  expect(exit).toBe(0)
  expect(stdout).toMatch(text)
  expect(stderr).toMatch(/the report leaves out its build cache$/)
})

describe('a pip cache without downloads', () => {
  const put = (path: string) => {
    mkdirSync(dirname(join(base, 'caches/pip', path)), { recursive: true })
    writeFileSync(join(base, 'caches/pip', path), 'x')
  }
  test.each<[string, string[], boolean]>([
    ['that pip never wrote to is not mentioned', ['CACHEDIR.TAG'], false],
    ['that pip wrote to is', ['CACHEDIR.TAG', 'selfcheck/abc'], true],
    ['is not one with downloads', ['CACHEDIR.TAG', 'selfcheck/abc', 'http-v2/a/b'], false],
    ['is not one with downloads of an older pip', ['CACHEDIR.TAG', 'http/a/b'], false],
  ])('%s', async (_, files, isMentioned) => {
    mkdirSync(join(base, 'caches/pip/http-v2'), { recursive: true })
    files.forEach(put)
    const { stdout } = await report('--global')
    expect(stdout.includes('pip keeps no downloads')).toBe(isMentioned)
  })
})

test.each([
  ['an unknown form', ['--global', '--format', 'xml'], 'Invalid --format value specified: xml'],
  ['a form that is of hosts alone', ['--format', 'html'], 'Invalid --format value specified: html'],
])('%s is rejected', async (_, args, message) => {
  const { exit, stdout, stderr } = await report(...args)
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
  expect(stderr).toContain(message)
})
