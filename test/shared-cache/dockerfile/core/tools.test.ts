import { describe, expect, test } from 'vitest'
import { CATALOGUE, cacheNamed } from '../../../../src/shared-cache/catalogue/core/catalogue'
import {
  hides,
  isCacheLocation,
  touches,
} from '../../../../src/shared-cache/dockerfile/core/cache-locations'
import { judge } from '../../../../src/shared-cache/dockerfile/core/judge'
import { toolOf } from '../../../../src/shared-cache/dockerfile/core/tools'

/** What a command does with the cache of a tool. */
const does = (cache: string, command: string) => judge(toolOf(cache), command.split(' '))

describe('a command uses the cache of its tool', () => {
  test.each([
    ['pip', 'pip install six'],
    ['pip', 'pip3.12 download six'],
    ['pip', '/venv/bin/pip wheel .'],
    ['pip', 'pipenv sync'],
    ['pip', 'pipenv lock'],
    ['pip', 'python -m pip install six'],
    ['pip', 'python3.12 -m pip -q install six'],
    ['uv', 'uv sync'],
    ['uv', 'uv pip install six'],
    ['uv', 'uv --quiet run x'],
    ['uv', 'uv tool install x'],
    ['uv', 'uvx ruff'],
    ['npm', 'npm ci'],
    ['npm', 'npm i'],
    ['npm', 'npm --prefix x install'],
    ['npm', 'npx create-x'],
    ['npm', 'npx -y create-x'],
    ['npm', 'npm exec x'],
    ['playwright', 'playwright install'],
    ['playwright', 'npx playwright install chromium'],
    ['playwright', 'npx --yes playwright@1.55 install'],
    ['playwright', 'playwright-core install'],
    ['playwright', 'python -m playwright install'],
    ['playwright', 'uv run playwright install'],
    ['playwright', 'poetry run playwright install'],
    ['playwright', 'uv tool run playwright install'],
    ['playwright', 'pnpm exec playwright install'],
    ['playwright', 'yarn playwright install'],
    ['playwright', 'pnpm dlx playwright install'],
    ['cargo', 'cargo build --release'],
    ['cargo', 'cargo'],
    ['cargo', 'cargo-chef cook'],
    ['cargo', 'maturin build'],
    ['cargo', 'wasm-pack build'],
    ['cargo', 'dx bundle'],
    ['sccache', 'cargo build'],
    ['pnpm', 'pnpm install'],
    ['pnpm', 'pnpx create-x'],
    ['pnpm', 'corepack pnpm i'],
    ['yarn', 'yarn'],
    ['yarn', 'yarn install'],
    ['yarn', 'yarnpkg add x'],
    ['bun', 'bun install'],
    ['bun', 'bunx x'],
    ['go', 'go build ./...'],
    ['go', 'go1.22.3 mod download'],
    ['go', 'go run .'],
    ['composer', 'composer install'],
    ['composer', 'php composer.phar install'],
    ['composer', 'composer global require x'],
  ])('%s: %s', (cache, command) => expect(does(cache, command)).toBe('uses'))
})

describe('a command does not use the cache of a tool', () => {
  test.each([
    ['pip', 'pip list'],
    ['pip', 'pip uninstall six'],
    ['pip', 'pip cache dir'],
    ['pip', 'pip'],
    ['pip', 'pip --version'],
    ['pip', 'mypip install six'],
    ['pip', 'echo pip install six'],
    ['pip', 'uv pip install six'],
    ['uv', 'uv version'],
    ['uv', 'uv self update'],
    ['uv', 'uvx'],
    ['uv', 'uvx --help'],
    ['uv', 'uvicorn run'],
    ['npm', 'npm run build'],
    ['npm', 'npm run install'],
    ['npm', 'npm test'],
    ['npm', 'npm config set x y'],
    ['npm', 'npm -v'],
    ['npm', 'npx --version'],
    ['npm', 'npmx install'],
    ['playwright', 'playwright install-deps'],
    ['playwright', 'npx playwright test'],
    ['playwright', 'npx other install'],
    ['playwright', 'npx'],
    ['cargo', 'cargo --version'],
    ['cargo', 'cargo -V'],
    ['cargo', 'cargo fmt'],
    ['cargo', 'cargo init'],
    ['cargo', 'cargo cache'],
    ['sccache', 'cargo fetch'],
    ['sccache', 'cargo metadata'],
    ['sccache', 'cargo update'],
    ['pnpm', 'pnpm run build'],
    ['pnpm', 'pnpm store path'],
    ['yarn', 'yarn run build'],
    ['yarn', 'yarn build'],
    ['yarn', 'yarn --version'],
    ['bun', 'bun run build'],
    ['bun', 'bun'],
    ['go', 'go env GOPATH'],
    ['go', 'go version'],
    ['go', 'gofmt run'],
    ['composer', 'composer dump-autoload'],
  ])('%s: %s', (cache, command) => expect(does(cache, command)).toBeNull())
})

describe('a command does something else with the cache of its tool', () => {
  test.each([
    ['pip', 'pip install --no-cache-dir six', 'bypasses'],
    ['pip', 'pip install --no-cache six', 'bypasses'],
    ['pip', 'pip install --no-cache-dirs six', 'uses'],
    ['pip', 'pip install --cache-dir /x six', 'elsewhere'],
    ['pip', 'pip install --cache-dir=/x six', 'elsewhere'],
    ['pip', 'pip install --no-cache-dir --cache-dir=/x six', 'elsewhere'],
    ['pip', 'pip cache purge', 'empties'],
    ['pip', 'pip cache remove six', 'empties'],
    ['uv', 'uv sync --no-cache', 'bypasses'],
    ['uv', 'uv sync -n', 'bypasses'],
    ['uv', 'uv pip install --cache-dir /x six', 'elsewhere'],
    ['uv', 'uv cache clean', 'empties'],
    ['uv', 'uv cache prune --ci', 'empties'],
    ['npm', 'npm ci --cache /x', 'elsewhere'],
    ['npm', 'npm ci --cache=/x', 'elsewhere'],
    ['npm', 'npm cache clean --force', 'empties'],
    ['npm', 'npm cache verify', 'empties'],
    ['playwright', 'npx playwright uninstall --all', 'empties'],
    ['cargo', 'cargo cache -a', 'empties'],
    ['cargo', 'cargo cache --autoclean', 'empties'],
    ['pnpm', 'pnpm store prune', 'empties'],
    ['pnpm', 'pnpm i --store-dir=/x', 'elsewhere'],
    ['yarn', 'yarn cache clean', 'empties'],
    ['yarn', 'yarn --cache-folder /x', 'elsewhere'],
    ['bun', 'bun pm cache rm', 'empties'],
    ['bun', 'bun install --no-cache', 'bypasses'],
    ['bun', 'bun install --cache-dir=/x', 'elsewhere'],
    ['go', 'go clean -modcache', 'empties'],
    ['go', 'go clean -cache -testcache', 'empties'],
    ['composer', 'composer install --no-cache', 'bypasses'],
    ['composer', 'composer clear-cache', 'empties'],
  ])('%s: %s: %s', (cache, command, handler) => expect(does(cache, command)).toBe(handler))
})

test('every cache of the catalogue has its tool, and nothing else has', () => {
  for (const { name } of CATALOGUE) expect(toolOf(name).cache).toBe(name)
  expect(() => toolOf('nope')).toThrow('nope')
})

describe('a path and the cache of a tool', () => {
  const variables = (over: Record<string, string>) => new Map(Object.entries(over))
  const at = (cache: string, path: string, over: Record<string, string> = {}) =>
    isCacheLocation(cacheNamed(cache), toolOf(cache), path, variables(over))

  test.each<[string, string, Record<string, string>]>([
    ['pip', '/root/.cache/pip', {}],
    ['pip', '/root/.cache/pip/', {}],
    ['pip', '/root//.cache/pip', {}],
    ['pip', '/home/app/.cache/pip', {}],
    ['pip', '~/.cache/pip', {}],
    ['pip', '$HOME/.cache/pip', {}],
    ['pip', '${HOME}/.cache/pip', {}],
    ['pip', '$D/pip', { D: '/root/.cache' }],
    ['pip', '/data/pip', { PIP_CACHE_DIR: '/data/pip/' }],
    ['pip', '$PIP_CACHE_DIR', {}],
    ['npm', '/root/.npm', {}],
    ['npm', '/root/.npm/_cacache', {}],
    ['npm', '/x', { npm_config_cache: '/x' }],
    ['cargo', '/usr/local/cargo/registry', {}],
    ['cargo', '/root/.cargo/registry', {}],
    ['cargo', '$CARGO_HOME/registry', {}],
    ['go', '/go/pkg/mod', {}],
    ['go', '/root/go/pkg/mod', {}],
    ['go', '/root/.cache/go-build', {}],
    ['pnpm', '/pnpm/store', {}],
    ['composer', '/tmp/cache', {}],
  ])('%s is at %s with %j', (cache, path, over) => expect(at(cache, path, over)).toBe(true))

  test.each<[string, string, Record<string, string>]>([
    ['pip', '/root/.cache', {}],
    ['pip', '/root/.cache/pip/http', {}],
    ['pip', '/root/.cache/pipenv', {}],
    ['pip', '/app/.cache/pip', {}],
    ['pip', '/root/.cache/uv', {}],
    ['pip', '$OTHER', {}],
    ['pip', '/data/pip', { PIP_CACHE_DIR: 'data/pip' }],
    ['cargo', '/home/app/.cargo/registry', {}],
    ['cargo', '/usr/local/cargo', {}],
    ['cargo', '/root/.cargo', {}],
    ['cargo', '/data/registry', { CARGO_HOME: '/data' }],
  ])('%s is not at %s with %j', (cache, path, over) => expect(at(cache, path, over)).toBe(false))

  test.each<[string, string, boolean]>([
    ['pip', '/root/.cache/pip', true],
    ['pip', '/root/.cache/pip/*', true],
    ['pip', '/root/.cache/pip/http', true],
    ['pip', '/root/.cache', true],
    ['pip', '/root', true],
    ['pip', '/root/.cache/*', true],
    ['pip', '/root/.[!.]*', true],
    ['pip', '/', true],
    ['pip', '/home', true],
    ['pip', '/home/app', true],
    ['pip', '/run/shared-cache/pip', true],
    ['pip', '/var/run/shared-cache', true],
    ['pip', '/root/.cache/uv', false],
    ['pip', '/root/.cachet', false],
    ['pip', '/app', false],
    ['pip', '/usr/src', false],
    ['cargo', '/usr/local', true],
    ['cargo', '/usr/local/bin', false],
    ['cargo', '/root/.cargo/bin', false],
  ])('%s is touched by what happens at %s: %s', (cache, path, expected) =>
    expect(touches(cacheNamed(cache), toolOf(cache), path, new Map())).toBe(expected),
  )

  test.each<[string, string, boolean]>([
    ['pip', '/run/shared-cache/pip', true],
    ['pip', '/run/shared-cache', true],
    ['pip', '/run', true],
    ['pip', '/', true],
    ['pip', '/run/shared-cache/pip/http', false],
    ['pip', '/run/shared-cache/uv', false],
    ['pip', '/root/.cache/pip', false],
    ['pip', 'run', false],
    ['cargo', '/root/.cargo', true],
    ['cargo', '/root/.cargo/registry', true],
    ['cargo', '/usr/local', true],
    ['cargo', '/run', false],
    ['cargo', '/root/.cargo/bin', false],
  ])('%s is hidden by a mount at %s: %s', (cache, path, expected) =>
    expect(hides(cacheNamed(cache), path, new Map())).toBe(expected),
  )
})
