import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
    // Docker is not there: each form says what else is known.
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

test.each([
  ['an unknown form', ['--global', '--format', 'xml'], 'Invalid --format value specified: xml'],
  ['a form that is of hosts alone', ['--format', 'html'], 'Invalid --format value specified: html'],
])('%s is refused', async (_, args, message) => {
  const { exit, stdout, stderr } = await report(...args)
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' })
  expect(stderr).toContain(message)
})
