import { describe, expect, test } from 'vitest'
import { DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { habitsOf } from '../../../../src/shared-cache/dockerfile/core/habits'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

const facts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: new Map<string, string>() }

/** The habits of a Dockerfile, as `LINE HABIT: WHAT`, with these files beside it. */
const habits = (lines: readonly string[], ...files: string[]) =>
  habitsOf(planRewriting(`${lines.join('\n')}\n`, facts), new Set(files)).map(
    ({ line, habit, what }) => `${line} ${habit}: ${what}`,
  )
const step = (command: string) => ['FROM node:22', 'COPY . .', `RUN ${command}`]

describe('an install behind a copy of everything', () => {
  test.each([
    'npm ci',
    'npm i',
    'npm install',
    'npm ci --omit=dev --no-audit',
    'pnpm i',
    'pnpm install --frozen-lockfile',
    'yarn',
    'yarn install',
    'yarn --immutable',
    'yarn install --immutable',
    'pip install -r requirements.txt',
    'pip3.12 install --no-deps --requirement=requirements.txt',
    'python3 -m pip install -r requirements.txt',
    '/venv/bin/python -m pip install -r requirements.txt',
    'uv sync',
    'uv sync --frozen',
    'composer install',
    'composer install --no-dev',
    'go mod download',
    '/usr/local/go/bin/go mod download -x',
  ])('%s is run again by every change of the source', (command) =>
    expect(habits(step(command))).toEqual([`3 copy-before-install: ${command}`]),
  )

  test('is not one in a stage that copies nothing', () =>
    expect(habits([...step('npm ci'), 'FROM node:22', 'RUN npm ci'])).toEqual([
      '3 copy-before-install: npm ci',
    ]))

  test.each([
    'npm run build',
    'npm run install',
    'npm test',
    'npm ci-thing',
    'npm install left-pad',
    'npm i -g serve pm2',
    'pnpm run build',
    'pnpm add left-pad',
    'yarn build',
    'yarn add left-pad',
    'pip install .',
    'pip install --upgrade pip',
    'pip list -r',
    'python3 -c "import pip" install -r',
    'python3 manage.py install -r x',
    'mypip install -r requirements.txt',
    'uv pip install six',
    'uv synchronize',
    'composer dump-autoload',
    'go build ./...',
    'go mod tidy',
    'cargo build --release',
    'cargo fetch',
  ])('%s is no install of what the source names', (command) =>
    expect(habits(step(command))).toEqual([]),
  )

  test.each<[string, string[], string[]]>([
    ['in front of it is as it should be', ['RUN npm ci', 'COPY . .'], []],
    ['in front of it and again is as it should be', ['RUN npm ci', 'COPY . .', 'RUN npm ci'], []],
    [
      'by another tool is another install',
      ['RUN npm ci', 'COPY . .', 'RUN pip install -r requirements.txt'],
      ['4 copy-before-install: pip install -r requirements.txt'],
    ],
    [
      'is named once a tool',
      ['COPY . .', 'RUN npm ci && npm ci', 'RUN npm ci'],
      ['3 copy-before-install: npm ci'],
    ],
    ['of another stage is another image', ['COPY . .', 'FROM node:22', 'RUN npm ci'], []],
    [
      'of another stage does not count for this one',
      ['RUN npm ci', 'FROM node:22', 'COPY . .', 'RUN npm ci'],
      ['5 copy-before-install: npm ci'],
    ],
    ['behind a copy of the manifest', ['COPY package.json ./', 'RUN npm ci'], []],
    ['behind a copy from a stage', ['COPY --from=build . .', 'RUN npm ci'], []],
    ['behind a copy of a part', ['COPY ./src .', 'RUN npm ci'], []],
    ['behind ./', ['COPY ./ /app/', 'RUN npm ci'], ['3 copy-before-install: npm ci']],
    ['behind *', ['COPY * ./', 'RUN npm ci'], ['3 copy-before-install: npm ci']],
    ['behind ADD', ['ADD . /app', 'RUN npm ci'], ['3 copy-before-install: npm ci']],
    [
      'behind a copy with an owner',
      ['COPY --chown=app . .', 'RUN npm ci'],
      ['3 copy-before-install: npm ci'],
    ],
    [
      'in the form without a shell',
      ['COPY . .', 'RUN ["npm", "ci"]'],
      ['3 copy-before-install: npm ci'],
    ],
    ['that is not run by a step', ['COPY . .', 'CMD npm ci'], []],
  ])('%s', (_, lines, expected) => expect(habits(['FROM node:22', ...lines])).toEqual(expected))
})

describe('an install without a lock file', () => {
  test.each<[string, string[], string[]]>([
    ['npm ci', ['package.json'], ['2 no-lock-file: package-lock.json']],
    ['npm ci', ['package.json', 'package-lock.json'], []],
    ['npm ci', ['package.json', 'npm-shrinkwrap.json'], []],
    ['npm ci', ['package.json', 'yarn.lock'], ['2 no-lock-file: package-lock.json']],
    ['npm ci', [], []],
    ['npm run build', ['package.json'], []],
    ['pnpm i', ['package.json'], ['2 no-lock-file: pnpm-lock.yaml']],
    ['pnpm i', ['package.json', 'pnpm-lock.yaml'], []],
    ['yarn', ['package.json'], ['2 no-lock-file: yarn.lock']],
    ['yarn', ['package.json', 'yarn.lock'], []],
    ['pip install -r requirements.txt', ['requirements.txt'], []],
    ['uv sync', ['pyproject.toml'], ['2 no-lock-file: uv.lock']],
    ['uv sync', ['pyproject.toml', 'uv.lock'], []],
    ['cargo build', ['Cargo.toml'], ['2 no-lock-file: Cargo.lock']],
    ['cargo +nightly fetch', ['Cargo.toml'], ['2 no-lock-file: Cargo.lock']],
    ['cargo build', ['Cargo.toml', 'Cargo.lock'], []],
    ['cargo fmt', ['Cargo.toml'], []],
    ['composer install', ['composer.json'], ['2 no-lock-file: composer.lock']],
    ['composer install', ['composer.json', 'composer.lock'], []],
    ['go mod download', ['go.mod'], ['2 no-lock-file: go.sum']],
    ['go mod download', ['go.mod', 'go.sum'], []],
  ])('%s beside %j: %j', (command, files, expected) =>
    expect(habits(['FROM scratch', `RUN ${command}`], ...files)).toEqual(expected),
  )

  test('is none of a command that only starts with the container', () =>
    expect(habits(['FROM node:22', 'CMD npm ci'], 'package.json')).toEqual([]))
})

describe('what leaves a cache unused', () => {
  test.each([
    ['pip install --no-cache-dir six', ['2 no-cache: pip install --no-cache-dir six']],
    ['uv sync --no-cache', ['2 no-cache: uv sync --no-cache']],
    ['npm ci && npm cache clean --force', ['2 cleans: npm cache clean --force']],
    ['pip install six', []],
    ['pip install --cache-dir /x six', []],
  ])('%s: %j', (command, expected) =>
    expect(habits(['FROM python:3.14', `RUN ${command}`])).toEqual(expected),
  )

  test.each([
    [
      'of no package manager is named',
      'RUN --mount=type=cache,target=/x make',
      ['2 unknown-mount: /x'],
    ],
    ['of a package manager is not', 'RUN --mount=type=cache,target=/root/.npm npm ci', []],
    [
      'is not where the file says so',
      '# shared-cache: off\nRUN --mount=type=cache,target=/x make',
      [],
    ],
  ])('a cache mount %s', (_, run, expected) =>
    expect(habits(['FROM node:22', run])).toEqual(expected),
  )
})

test('habits come in the order of the lines', () => {
  const lines = [
    'FROM node:22',
    'COPY . .',
    'RUN npm ci',
    'RUN pip install --no-cache-dir six',
    'RUN --mount=type=cache,target=/x make',
    'RUN yarn',
  ]
  expect(habits(lines, 'package.json').map((text) => text.split(':')[0])).toEqual([
    '3 copy-before-install',
    '3 no-lock-file',
    '4 no-cache',
    '5 unknown-mount',
    '6 copy-before-install',
    '6 no-lock-file',
  ])
})
