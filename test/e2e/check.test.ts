import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runBundle } from '../support/bundle'

const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }

/** A folder with a Dockerfile and more files, all but the Dockerfile empty. */
function folder(dockerfile: string | Buffer, ...files: string[]): string {
  const path = mkdtempSync(join(tmpdir(), 'check-'))
  for (const file of files) writeFileSync(join(path, file), '')
  writeFileSync(join(path, 'Dockerfile'), dockerfile)
  return join(path, 'Dockerfile')
}

const check = (...args: string[]) => runBundle(['check', ...args], env)

describe('files that make little use of the caches', () => {
  test.each<[string, string, string[], { habit: string; line: number; what: string }[]]>([
    [
      'no cache at all',
      'RUN pip install --no-cache-dir a',
      [],
      [{ line: 2, habit: 'no-cache', what: 'pip install --no-cache-dir a' }],
    ],
    [
      'cleaning',
      'RUN npm ci && npm cache clean --force',
      [],
      [{ line: 2, habit: 'cleans', what: 'npm cache clean --force' }],
    ],
    [
      'everything copied first',
      'COPY . .\nRUN pip install -r requirements.txt',
      [],
      [{ line: 3, habit: 'copy-before-install', what: 'pip install -r requirements.txt' }],
    ],
    ['installed, then copied, then again', 'RUN uv sync\nADD ./ /app\nRUN uv sync', [], []],
    ['only the manifest copied', 'COPY package.json ./\nRUN npm ci', ['package-lock.json'], []],
    [
      'no lock file',
      'COPY package.json ./\nRUN npm install',
      ['package.json'],
      [{ line: 3, habit: 'no-lock-file', what: 'package-lock.json' }],
    ],
    ['a lock file', 'RUN npm install', ['package.json', 'npm-shrinkwrap.json'], []],
    [
      'an unknown cache mount',
      'RUN --mount=type=cache,target=/t make',
      [],
      [{ line: 2, habit: 'unknown-mount', what: '/t' }],
    ],
    ['switched off', '# shared-cache: off\nRUN --mount=type=cache,target=/t make', [], []],
  ])('%s', async (_, steps, files, habits) => {
    const path = folder(`FROM base\n${steps}\n`, ...files)
    const { stdout, exit } = await check('--format', 'json', path)
    expect(exit).toBe(0)
    const said = JSON.parse(stdout) as { habits: object[] }
    expect(said.habits).toEqual(habits.map((habit) => expect.objectContaining(habit) as unknown))
  })
})

test('shows which caches each step uses', async () => {
  const path = folder('FROM base\nRUN npm ci\nRUN ls\n')
  const { stdout } = await check(path)
  expect(stdout.split('\n').slice(0, 5)).toEqual([
    `=====> ${path}: 1 of 2 steps use shared caches`,
    'line 2    npm ci',
    '          uses npm',
    'line 3    ls',
    '          needs no cache',
  ])
})

test('says how to improve a file that makes little use of the caches', async () => {
  const path = folder('FROM base\nRUN --mount=type=cache,target=/t pip install --no-cache-dir a\n')
  const { stdout } = await check(path)
  expect(stdout.split('\n')).toEqual([
    `=====> ${path}: 0 of 1 steps use shared caches`,
    'line 2    pip install --no-cache-dir a',
    '          pip is not used: the step turns the cache off (pip install --no-cache-dir a)',
    "          cache mount /t stays in Docker's build cache: the property cache-mounts is not all",
    '=====> How to make better use of the caches',
    'line 2    pip install --no-cache-dir a turns the cache off',
    '          remove it: the cache does not become part of the image',
    'line 2    the cache mount at /t belongs to no known package manager',
    // Without Dokku there is no nightly prune.
    "          it stays in Docker's build cache",
  ])
})

test('--diff prints a diff that patch can apply', async () => {
  const path = folder('FROM base\nRUN npm ci\nRUN ls\n')
  const { stdout } = await check('--diff', path)
  expect(stdout).toBe(
    [
      `--- ${path}`,
      `+++ ${path}`,
      '@@ -2,1 +2,1 @@',
      '-RUN npm ci',
      '+RUN --device=dokku.com/shared-cache=npm npm ci',
    ].join('\n'),
  )
})

describe('--rewrite prints the file with a frontend that supports devices', () => {
  const labs = '# syntax=docker/dockerfile:1-labs\n'
  const device = 'RUN --device=dokku.com/shared-cache=npm npm ci\n'
  test.each([
    ['FROM base\nRUN npm ci\n', `${labs}FROM base\n${device}`],
    ['# syntax=docker/dockerfile:1.4\nFROM base\nRUN npm ci\n', `${labs}FROM base\n${device}`],
    [
      '# escape=`\n# syntax=docker/dockerfile:1\nFROM base\nRUN npm ci\n',
      `# escape=\`\n${labs}FROM base\n${device}`,
    ],
    ['FROM base\nRUN ls\n', 'FROM base\nRUN ls\n'],
  ])('%j', async (text, rewritten) => {
    const { stdout } = await check('--rewrite', folder(text))
    expect(`${stdout}\n`).toBe(rewritten)
  })
})

describe('a file that cannot be checked is one clear error', () => {
  test.each<[string, () => string[], string]>([
    ['nothing named', () => [], 'Please specify an app or the path of a Dockerfile'],
    ['no such file', () => ['/nonexistent/Dockerfile'], 'no such file'],
    ['a folder', () => ['/'], 'EISDIR'],
    ['no Dockerfile', () => [folder('hello\n')], 'an unknown instruction: HELLO'],
    ['not text', () => [folder(Buffer.from([0xff, 0xfe, 0]))], 'is not UTF-8'],
    [
      'another frontend',
      () => ['--rewrite', folder('# syntax=other/frontend\nFROM base\nRUN npm ci\n')],
      'The file sets the frontend other/frontend',
    ],
  ])('%s', async (_, args, message) => {
    const { stdout, stderr, exit } = await check(...args())
    expect(exit).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.split('\n')[0]).toContain(message)
  })
})
