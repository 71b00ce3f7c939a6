import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDaemonJson, writeGc } from '../../../../src/shared-cache/buildkit/host/daemon-json'

let base: string
let path: string
let before: string | undefined

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'daemon-'))
  path = join(base, 'docker/daemon.json')
  mkdirSync(join(base, 'bin'))
  before = process.env['PATH']
  process.env['PATH'] = `${join(base, 'bin')}:${before ?? ''}`
  program('systemctl', 'exit 3')
  program('dockerd', 'echo "  --validate"')
})
afterEach(() => {
  process.env['PATH'] = before
  rmSync(base, { recursive: true })
})

/** Adds a program to PATH that records its arguments. */
function program(name: string, script: string): void {
  const log = join(base, `${name}.log`)
  writeFileSync(join(base, 'bin', name), `#!/bin/sh\necho "$*" >>${log}\n${script}\n`)
  chmodSync(join(base, 'bin', name), 0o755)
}

const write = (text: string) => {
  mkdirSync(join(base, 'docker'))
  writeFileSync(path, text)
}
const files = () => readdirSync(join(base, 'docker')).sort()
const OLD = '{"debug":true}'

test('a missing file is empty', () => {
  expect(readDaemonJson(path)).toBe('')
})

test('the rule is written if there was no file', () => {
  expect(writeGc('28.5.2', 5, 1, path)).toEqual({ changed: true, copy: null })
  expect(files()).toEqual(['daemon.json'])
  expect(readDaemonJson(path)).toContain('"maxUsedSpace": "5"')
})

test('a copy of the old file is kept, and Docker validates the new one first', () => {
  write(OLD)
  const copy = `${path}.before-shared-cache`
  expect(writeGc('28.5.2', 5, 1, path)).toEqual({ changed: true, copy })
  expect(readFileSync(copy, 'utf8')).toBe(OLD)
  expect(JSON.parse(readDaemonJson(path) ?? '')).toMatchObject({ debug: true })
  expect(readFileSync(join(base, 'dockerd.log'), 'utf8')).toMatch(
    /--validate --config-file \/\S+\/daemon\.json\.\d+-\d+\.new\n/,
  )
})

test('a file that another process is writing now is left to it', () => {
  write(OLD)
  const beside = `${path}.${process.ppid}-1.new`
  writeFileSync(beside, 'half')
  writeGc('28.5.2', 5, 1, path)
  expect(readFileSync(beside, 'utf8')).toBe('half')
})

test('an unchanged file is not written, and its copy is kept', () => {
  write(OLD)
  writeGc('28.5.2', 5, 1, path)
  expect(writeGc('28.5.2', 5, 1, path)).toEqual({ changed: false, copy: null })
  expect(readFileSync(`${path}.before-shared-cache`, 'utf8')).toBe(OLD)
})

test("what Docker's validation rejects is not written", () => {
  write(OLD)
  program(
    'dockerd',
    '[ "$1" = --help ] && echo "  --validate" && exit; echo "bad rule" >&2; exit 1',
  )
  expect(() => writeGc('28.5.2', 5, 1, path)).toThrow(
    /refuses the new settings, so nothing was written: bad rule/,
  )
  expect(readDaemonJson(path)).toBe(OLD)
  expect(files()).toEqual(['daemon.json'])
})

test('a daemon without validation is not called for it', () => {
  write(OLD)
  program('dockerd', 'echo "unknown flag" >&2; exit 125')
  expect(writeGc('20.10.24', 5, 1, path).changed).toBe(true)
  expect(readFileSync(join(base, 'dockerd.log'), 'utf8')).toBe('--help\n')
})

test('if Docker does not reload, the old file is restored', () => {
  write(OLD)
  program('systemctl', '[ "$1" = is-active ]')
  expect(() => writeGc('28.5.2', 5, 1, path)).toThrow(/its old settings are restored/)
  expect(readDaemonJson(path)).toBe(OLD)
})

test('if there was no file, none is left', () => {
  program('systemctl', '[ "$1" = is-active ]')
  expect(() => writeGc('28.5.2', 5, 1, path)).toThrow(/are restored/)
  expect(readDaemonJson(path)).toBe('')
})

test('a file that is not JSON is not changed', () => {
  write('{')
  expect(() => writeGc('28.5.2', 5, 1, path)).toThrow(/not valid JSON/)
  expect(readDaemonJson(path)).toBe('{')
})
