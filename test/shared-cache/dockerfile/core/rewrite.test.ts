import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CATALOGUE,
  DEFAULT_CACHES,
  cacheNamed,
} from '../../../../src/shared-cache/catalogue/core/catalogue'
import { deviceName } from '../../../../src/shared-cache/devices/core/cdi'
import { applyEdits, inverse } from '../../../../src/shared-cache/dockerfile/core/edits'
import { deviceRequests } from '../../../../src/shared-cache/dockerfile/core/step-mounts'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { isDockersFrontend } from '../../../../src/shared-cache/properties/core/frontend'
import {
  type BuildFacts,
  planRewriting,
} from '../../../../src/shared-cache/dockerfile/core/rewrite'

const facts: BuildFacts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: new Map() }
const managers = CATALOGUE.map(({ name }) => name).filter((name) => name !== 'sccache')
/** What makes browsers go outside: every base here is known. */
const outside = {
  generation: '01234567',
  bases: ['base', 'a', 'b'].map((reference) => ({
    ...{ reference, platform: '', system: 'debian-12-amd64-glibc' },
    plain: true,
  })),
  seenIn: () => true,
}
const all = { ...facts, caches: managers, browsers: outside }
const device = (cache: string) =>
  `--device=dokku.com/shared-cache=${deviceName(cacheNamed(cache), 'base', '') ?? ''}`
const [pip, uv, npm] = [device('pip'), device('uv'), device('npm')]
const instead = `${npm},required=false`

/** What becomes of one step. */
function rewritten(step: string, given = facts): string {
  const head = 'FROM base\n'
  return planRewriting(`${head}${step}\n`, given).text.slice(head.length, -1)
}

describe('a step', () => {
  test.each([
    ['RUN npm ci', `RUN ${npm} npm ci`],
    ['run\tnpm ci', `run\t${npm} npm ci`],
    ['RUN --network=none npm ci', `RUN ${npm} --network=none npm ci`],
    ['RUN \\\n  npm ci', `RUN \\\n  ${npm} npm ci`],
    ['RUN \\\n# why\n  npm ci', `RUN \\\n# why\n  ${npm} npm ci`],
    ['RUN <<EOF\nnpm ci\nEOF', `RUN ${npm} <<EOF\nnpm ci\nEOF`],
    ['RUN ["npm", "ci"]', `RUN ${npm} ["npm", "ci"]`],
    ['RUN npm ci && pip install .', `RUN ${pip} ${npm} npm ci && pip install .`],
    ['RUN uvx ruff', `RUN ${uv} uvx ruff`],
    ['RUN echo npm ci', 'RUN echo npm ci'],
    ['RUN echo "a; npm ci"', 'RUN echo "a; npm ci"'],
    ['RUN echo a; npm ci', `RUN ${npm} echo a; npm ci`],
    ['RUN echo $(npm ci)', `RUN ${npm} echo $(npm ci)`],
    ['RUN # npm ci', 'RUN # npm ci'],
    ['CMD npm ci', 'CMD npm ci'],
  ])('%j becomes %j', (step, result) => expect(rewritten(step)).toBe(result))
})

describe('a cache mount', () => {
  test.each([
    ['RUN --mount=type=cache,target=/root/.npm npm ci', `RUN ${npm} npm ci`],
    ['RUN --mount=type=cache,target=/root/.npm ./build', `RUN ${instead} ./build`],
    ['RUN --mount=target=/root/.npm,type=CACHE npm ci', `RUN ${npm} npm ci`],
    [
      'RUN --mount=type=cache,target=/root/.npm --mount=type=cache,target=/root/.npm/_cacache npm ci',
      `RUN ${npm} npm ci`,
    ],
    [
      'RUN --mount=type=cache,target=/t --mount=type=cache,target=/root/.npm npm ci',
      `RUN --mount=type=cache,target=/t ${npm} npm ci`,
    ],
    [
      'RUN --mount=type=cache,target=/root/.cache/pip \\\n    --mount=type=cache,target=/root/.npm \\\n    ./x',
      `RUN ${pip},required=false ${instead} \\\n     \\\n    ./x`,
    ],
    ['RUN --mount=type=cache,target=/x npm ci', `RUN ${npm} --mount=type=cache,target=/x npm ci`],
    ['RUN --mount=type=cache,target=/x make', 'RUN --mount=type=cache,target=/x make'],
    [
      'RUN --mount=type=bind,target=/root/.npm make',
      'RUN --mount=type=bind,target=/root/.npm make',
    ],
    [
      'RUN --mount=type=cache,target=/home/me/.cargo/registry cargo build',
      `RUN ${device('cargo')} --mount=type=cache,target=/home/me/.cargo/registry cargo build`,
    ],
  ])('%j becomes %j', (step, result) => expect(rewritten(step)).toBe(result))
})

describe('a request of the file itself', () => {
  test.each([
    ['RUN --device=dokku.com/shared-cache=* ls', 'RUN ls', ['*']],
    ['RUN --device=dokku.com/shared-cache ls', 'RUN ls', ['*']],
    ['RUN --device=dokku.com/shared-cache=uv ls', 'RUN ls', ['uv']],
    ['RUN --device=name=dokku.com/shared-cache=npm,required ls', 'RUN ls', ['npm']],
    ['RUN --device="dokku.com/shared-cache=npm" ls', 'RUN ls', ['npm']],
    ['RUN --device=dokku.com/shared\\-cache=npm ls', 'RUN ls', ['npm']],
    ['RUN --device=dokku.com/shared-cache=pip pip install .', `RUN ${pip} pip install .`, ['pip']],
    [`RUN ${npm} npm ci`, `RUN ${npm} npm ci`, []],
    [`RUN ${npm} ls`, 'RUN ls', ['npm']],
    [`RUN ${npm} npm cache clean --force`, 'RUN npm cache clean --force', ['npm']],
    ['RUN --device=nvidia.com/gpu=all ls', 'RUN --device=nvidia.com/gpu=all ls', []],
  ])('%s becomes %s', (step, result, removed) => {
    expect(rewritten(step)).toBe(result)
    const plan = planRewriting(`FROM base\n${step}\n`, facts).steps[0]
    expect(plan?.removed).toEqual(removed)
  })

  test('is taken out for an app without caches too, in ONBUILD too', () => {
    const text = `FROM base\nONBUILD RUN ${npm} x\nRUN ${npm} npm ci\n`
    const result = planRewriting(text, { ...facts, caches: [] })
    expect(result.text).toBe('FROM base\nONBUILD RUN x\nRUN npm ci\n')
    expect(result.removedOnbuild).toEqual(['npm'])
  })
})

describe('a package manager is recognised', () => {
  test.each([
    ['pip', 'pip3.12 install flask'],
    ['pip', '/opt/venv/bin/pip install flask'],
    ['pip', 'python3 -m pip install -U pip'],
    ['pip', 'sudo -H pip install flask'],
    ['pip', 'if true; then pip install flask; fi'],
    ['pip', 'bash -euxc "pip install flask"'],
    ['pip', 'cat list | xargs -n1 pip install'],
    ['uv', 'uv sync'],
    ['uv', 'uv pip install flask'],
    ['npm', 'npm i'],
    ['npm', 'npx create-thing'],
    ['playwright', 'npx -y playwright install chromium'],
    ['playwright', 'python -m playwright install'],
    ['playwright', 'uv run playwright install'],
    ['playwright', 'yarn playwright install'],
    ['cargo', 'cargo +nightly build'],
    ['cargo', 'maturin build'],
    ['pnpm', 'pnpm install'],
    ['pnpm', 'corepack pnpm i'],
    ['yarn', 'yarn'],
    ['bun', 'bun install'],
    ['go', 'go mod download'],
    ['go', 'CGO_ENABLED=0 go build ./...'],
    ['composer', 'php composer.phar install'],
  ])('%s in %s', (cache, step) => {
    const [plan] = planRewriting(`FROM base\nRUN ${step}\n`, all).steps
    expect(plan?.given.map(({ cache }) => cache)).toContain(cache)
  })

  test.each(['pip list', 'pip --version', 'uv cache dir', 'npm run build', 'npm -v', 'cargo fmt'])(
    'not in %s',
    (step) => expect(rewritten(`RUN ${step}`, all)).toBe(`RUN ${step}`),
  )
})

describe('what empties a cache keeps the step from it', () => {
  test.each([
    ['pip install . && pip cache purge', 'pip cache purge'],
    ['uv sync; uv cache prune', 'uv cache prune'],
    ['npm ci && npm cache clean --force', 'npm cache clean --force'],
    ['npm ci && npm cache verify', 'npm cache verify'],
    ['npm ci && rm -rf /root/.npm/*', 'rm /root/.npm/*'],
    ['npm ci && rm -rf /run/shared-cache/npm', 'rm /run/shared-cache/npm'],
    ['npm ci && rm -rf $NPM_CONFIG_CACHE', 'rm $NPM_CONFIG_CACHE'],
    ['npm ci && rm -rf "$(npm config get cache)"', 'rm -rf $(npm config get cache)'],
    ['cargo build && rm -rf /usr/local/cargo/registry', 'rm /usr/local/cargo/registry'],
    ['pnpm i && pnpm store prune', 'pnpm store prune'],
    ['yarn && yarn cache clean', 'yarn cache clean'],
    ['go build && go clean -modcache', 'go clean -modcache'],
    ['composer install && composer clear-cache', 'composer clear-cache'],
  ])('%s', (step, what) => {
    const result = planRewriting(`FROM base\nRUN ${step}\n`, all)
    expect(result.steps[0]?.withheld).toEqual([expect.objectContaining({ why: 'empties', what })])
    expect(result.edits).toEqual([])
  })
})

describe('the frontend of a file is Docker\u2019s own', () => {
  test.each([
    [null, true],
    ['docker/dockerfile:1', true],
    ['docker.io/docker/dockerfile:1.7-labs', true],
    ['docker/dockerfile-upstream:master', true],
    ['docker/dockerfile@sha256:abc', true],
    ['devthefuture/dockerfile-x', false],
    ['docker/dockerfilex', false],
    ['example.com/docker/dockerfile:1', false],
  ])('%s: %s', (syntax, own) => expect(isDockersFrontend(syntax)).toBe(own))
})

describe('a file that BuildKit refuses is an error', () => {
  test.each([
    ['', 'no instruction'],
    ['# only a comment\n', 'no instruction'],
    ['FROM a\nPIP install\n', 'an unknown instruction: PIP'],
    ['FROM a\nRUN <<EOF\nnpm ci\n', 'a heredoc without an end: EOF'],
    ['# escape=x\nFROM a\n', 'an invalid escape character: x'],
    ['# syntax=a\n# syntax=b\nFROM a\n', 'two lines "# syntax="'],
  ])('%j', (text, message) => expect(() => parseDockerfile(text)).toThrow(message))
})

describe('for every file', () => {
  const piece = fc.constantFrom(
    ...['FROM a', 'FROM a AS b', 'FROM b', 'ARG X=1', 'ENV X=1 Y="2 3"', 'ENV PIP_CACHE_DIR=/p'],
    ...['RUN npm ci', 'RUN ["npm", "ci"]', 'RUN --mount=type=cache,target=/root/.npm npm ci'],
    ...['RUN --mount=type=cache,target=/root/.cache/pip \\', '    pip install flask', '# comment'],
    ...['RUN --device=dokku.com/shared-cache=* npm ci && \\', '', '  ', '# shared-cache: off'],
    ...['RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build', 'RUN <<EOF', 'EOF'],
    ...['uv sync', 'COPY --from=b /root/.npm /x', 'COPY . .', 'RUN \\', '# escape=`', 'RUN `'],
    ...["RUN cat <<'A' <<B && npm ci", 'A', 'B', 'ONBUILD RUN npm ci', 'SHELL ["/bin/bash","-c"]'],
    ...['RUN --mount=type=tmpfs,target=/run npm ci', 'RUN npm ci && npm cache clean', '\ufeff'],
    ...['RUN npx playwright install', 'RUN --device=dokku.com/shared-cache=npm,required=false x'],
  )
  const noisy = 'R|U|N|n|p|m|c|i|\\|`|"|\'|<|>|-|=|$|#|\n|\r|\t| |{|}'.split('|')
  const noise = fc.string({ unit: fc.constantFrom(...noisy) })
  const lines = fc.array(fc.oneof({ weight: 9, arbitrary: piece }, noise), {
    maxLength: 14,
    size: 'max',
  })
  const file = fc
    .tuple(lines, fc.constantFrom('\n', '\r\n'))
    .map(([each, end]) => ['FROM base', ...each].join(end))

  const readable = (text: string) => {
    try {
      return planRewriting(text, all)
    } catch {
      return null
    }
  }

  test('rewriting is undone, done twice changes nothing more, and is the same each time', () => {
    let changed = 0
    fc.assert(
      fc.property(file, (text) => {
        const result = readable(text)
        if (!result) return
        if (result.text !== text) changed++
        expect(planRewriting(text, all).text).toBe(result.text)
        expect(applyEdits(result.text, inverse(text, result.edits))).toBe(text)
        expect(planRewriting(result.text, all).edits).toEqual([])
      }),
      { numRuns: 2000 },
    )
    expect(changed).toBeGreaterThan(100)
  })

  test('the same instructions come out, with the same arguments and heredocs', () => {
    const shape = (text: string) =>
      parseDockerfile(text).instructions.map(({ keyword, args, heredocs, inner }) =>
        inner ? [keyword, inner.args, inner.heredocs] : [keyword, args, heredocs],
      )
    fc.assert(
      fc.property(file, (text) => {
        const result = readable(text)
        if (result) expect(shape(result.text)).toEqual(shape(text))
      }),
      { numRuns: 1200 },
    )
  })

  test('an app without caches gets nothing', () => {
    fc.assert(
      fc.property(file, (text) => {
        if (!readable(text)) return
        const result = planRewriting(text, { ...all, caches: [] })
        const flags = parseDockerfile(result.text).instructions.flatMap((each) => [
          ...each.flags,
          ...(each.inner?.flags ?? []),
        ])
        expect(deviceRequests(flags)).toEqual([])
        expect(result.devices).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('apt', () => {
  const debian = { ...facts, caches: ['apt', 'npm'] }
  const own = device('apt')
  test.each([
    [
      'RUN apt-get update && apt-get install -y curl',
      `RUN ${own} apt-get update && apt-get install -y curl`,
    ],
    ['RUN ["apt-get", "update"]', `RUN ${own} ["apt-get", "update"]`],
    [
      'RUN apt-get update && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives /tmp/*',
      `RUN ${own} apt-get update && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives /tmp/*`,
    ],
    ['RUN apt-get install x && apt-get clean', `RUN ${own} apt-get install x && apt-get clean`],
    [
      'RUN DEBIAN_FRONTEND=noninteractive apt install x',
      `RUN ${own} DEBIAN_FRONTEND=noninteractive apt install x`,
    ],
    // Without the mount the image would keep the archives.
    [
      'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get update',
      `RUN ${own} --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get update`,
    ],
    ['RUN apt-get clean', 'RUN apt-get clean'],
  ])('%j becomes %j', (step, result) => expect(rewritten(step, debian)).toBe(result))

  test.each([
    ['RUN APT_CONFIG=/x apt-get update'],
    ['RUN export APT_CONFIG=/x && apt-get update'],
    ['ENV APT_CONFIG=/etc/own.conf\nRUN apt-get update'],
    ['ARG APT_CONFIG\nRUN apt-get update'],
  ])('%j keeps its own configuration', (text) => {
    const { steps } = planRewriting(`FROM base\n${text}\n`, debian)
    expect(steps[0]?.given).toEqual([])
    expect(steps[0]?.withheld).toEqual([{ cache: 'apt', why: 'elsewhere', what: 'APT_CONFIG' }])
  })

  test('a step that removes the cache does not get it', () => {
    const { steps } = planRewriting('FROM base\nRUN apt-get update; rm -rf /run/*\n', debian)
    expect(steps[0]?.withheld).toMatchObject([{ cache: 'apt', why: 'empties' }])
  })

  test('is for those alone who switched it on', () =>
    expect(rewritten('RUN apt-get update')).toBe('RUN apt-get update'))
})

describe('compiled Rust', () => {
  const rust = { ...facts, caches: ['cargo', 'sccache'] }
  const both = `${device('cargo')} ${device('sccache')}`
  test.each([
    ['RUN cargo build --release', `RUN ${both} cargo build --release`],
    ['RUN cargo install sqlx-cli', `RUN ${both} cargo install sqlx-cli`],
    ['RUN cargo chef cook', `RUN ${both} cargo chef cook`],
    ['RUN cargo-chef cook', `RUN ${both} cargo-chef cook`],
    ['RUN ["cargo", "test"]', `RUN ${both} ["cargo", "test"]`],
    ['RUN CC=cc cargo build', `RUN ${both} CC=cc cargo build`],
    ['RUN cargo fetch', `RUN ${device('cargo')} cargo fetch`],
    ['RUN cargo vendor', `RUN ${device('cargo')} cargo vendor`],
    ['RUN cargo fmt', 'RUN cargo fmt'],
    ['RUN rm -rf target && cargo build', `RUN ${both} rm -rf target && cargo build`],
  ])('%j becomes %j', (step, result) => expect(rewritten(step, rust)).toBe(result))

  test.each([
    ['RUN RUSTC_WRAPPER=sccache cargo build', 'RUSTC_WRAPPER'],
    ['RUN export RUSTC_WRAPPER= && cargo build', 'RUSTC_WRAPPER'],
    ['ENV RUSTC_WRAPPER=/usr/bin/sccache\nRUN cargo build', 'RUSTC_WRAPPER'],
    ['ARG RUSTC_WRAPPER\nRUN cargo build', 'RUSTC_WRAPPER'],
    ['ENV CARGO_BUILD_RUSTC_WRAPPER=x\nRUN cargo build', 'CARGO_BUILD_RUSTC_WRAPPER'],
    ['ENV SCCACHE_BUCKET=mine\nRUN cargo build', 'SCCACHE_BUCKET'],
  ])('%j keeps its own wrapper', (text, what) => {
    const { steps } = planRewriting(`FROM base\n${text}\n`, rust)
    expect(steps[0]?.given.map(({ cache }) => cache)).toEqual(['cargo'])
    expect(steps[0]?.withheld).toEqual([{ cache: 'sccache', why: 'elsewhere', what }])
  })

  test('is for those alone who switched it on', () =>
    expect(rewritten('RUN cargo build')).toBe(`RUN ${device('cargo')} cargo build`))
})

describe('what one step fetches and a later one builds with', () => {
  const given = { ...facts, caches: ['npm', 'cargo', 'go'] }
  /** Caches of each step. */
  const giftsOf = (...lines: string[]) =>
    planRewriting(['FROM base AS one', ...lines, ''].join('\n'), given).steps.map(({ given }) =>
      given.map(({ cache }) => cache).join(' '),
    )

  test.each([
    ['a make', 'RUN make build', 'go'],
    ['a script', 'RUN ./build.sh', 'go'],
    ['a shell with a script', 'RUN sh ./build.sh', 'go'],
    ['the exec form', 'RUN ["make"]', 'go'],
    ['a heredoc', 'RUN <<EOF\nmake\nEOF', 'go'],
    ['packages of the system', 'RUN apt-get update && apt-get install -y make', ''],
    ['the tool itself, when it does not build', 'RUN go version', ''],
    ['directories', 'RUN mkdir -p /x && chown -R app /x', ''],
    ['a step that says so', '# shared-cache: off\nRUN make', ''],
    ['a step that empties it', 'RUN make && rm -rf /go/pkg/mod', ''],
  ])('%s', (_, step, caches) =>
    expect(giftsOf('RUN go mod download', step)).toEqual(['go', caches]),
  )

  test('not in front of it', () => expect(giftsOf('RUN make', 'RUN go build')).toEqual(['', 'go']))
  test('in the stages that begin with it, and in no other', () =>
    expect(
      giftsOf(
        'RUN cargo fetch',
        'FROM base',
        'RUN make',
        'FROM one AS two',
        'FROM two',
        'RUN make',
      ),
    ).toEqual(['cargo', '', 'cargo']))
  test('not where what is installed is in the image', () =>
    expect(giftsOf('RUN npm ci', 'RUN make')).toEqual(['npm', '']))

  test.each(['CMD ["go", "run", "."]', 'CMD go run .', 'ENTRYPOINT ["sh", "-c", "exec go run ."]'])(
    'a command that builds keeps it in the image: %s',
    (command) => expect(giftsOf('RUN go mod download', command)).toEqual(['']),
  )
  test.each(['CMD ["./go"]', 'CMD ["./app", "go", "run"]', 'CMD ["cargo-web-server"]'])(
    'any other command does not: %s',
    (command) => expect(giftsOf('RUN go mod download', command)).toEqual(['go']),
  )

  test('rewriting once more changes nothing', () => {
    const text = 'FROM base\nRUN go mod download\nRUN make\n'
    const once = planRewriting(text, given).text
    expect(once.match(/--device/g)).toHaveLength(2)
    expect(planRewriting(once, given).edits).toEqual([])
  })
})

describe('Go', () => {
  const go = { ...facts, caches: ['go'] }
  const dev = device('go')
  test.each([
    ['RUN go build -o /x .', `RUN ${dev} go build -o /x .`],
    ['RUN CGO_ENABLED=0 go build ./...', `RUN ${dev} CGO_ENABLED=0 go build ./...`],
    [
      'RUN go install golang.org/x/tools/gopls@v0.16.0',
      `RUN ${dev} go install golang.org/x/tools/gopls@v0.16.0`,
    ],
    ['RUN go test ./... && go vet ./...', `RUN ${dev} go test ./... && go vet ./...`],
    ['RUN /usr/local/go/bin/go run .', `RUN ${dev} /usr/local/go/bin/go run .`],
    ['RUN xcaddy build', `RUN ${dev} xcaddy build`],
    ['RUN go version', 'RUN go version'],
    ['RUN go fmt ./...', 'RUN go fmt ./...'],
    ['RUN go build . && go clean -cache', 'RUN go build . && go clean -cache'],
    ['RUN go build . && go clean -modcache', 'RUN go build . && go clean -modcache'],
    ['RUN GOCACHE=/x go build .', 'RUN GOCACHE=/x go build .'],
    [
      'RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build go build',
      `RUN ${dev} go build`,
    ],
  ])('%j becomes %j', (step, result) => expect(rewritten(step, go)).toBe(result))

  test("a place that ENV names is the device's to change, with the mount there", () => {
    const text = 'FROM base\nENV GOCACHE=/c\nRUN --mount=type=cache,target=/c go build\n'
    expect(planRewriting(text, go).text).toBe(`FROM base\nENV GOCACHE=/c\nRUN ${dev} go build\n`)
  })
})
