import { describe, expect, test } from 'vitest'
import { CATALOGUE, DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { habitsOf } from '../../../../src/shared-cache/dockerfile/core/habits'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

const known = new Map<string, string>()
const facts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: known }
const all = { ...facts, caches: CATALOGUE.map(({ name }) => name) }

/** The caches that each step of a file gets. */
const given = (lines: readonly string[], to = facts) =>
  planRewriting(`FROM base\n${lines.join('\n')}\n`, to).steps.map((step) =>
    step.given.map(({ cache }) => cache),
  )

describe('words that look like those of a package manager', () => {
  test.each([
    ['trunk build', ['cargo']],
    ['trunks build', []],
    ['cargo-leptos build', ['cargo']],
    ['maturinator build', []],
    ['pip install six', ['pip']],
    ['pip cache purge', []],
    ['pip install six && pip cache remove six', []],
  ])('RUN %s gets %j', (command, caches) => expect(given([`RUN ${command}`])).toEqual([caches]))

  test.each([
    ['pnpm install', ['pnpm']],
    ['pnpx cowsay', ['pnpm']],
    ['pnp install', []],
    ['--mount=type=cache,target=/root/.pnpm-store make', ['pnpm']],
    ['--mount=type=cache,target=/root/.pnpm make', []],
  ])('RUN %s gets %j where pnpm is on', (command, caches) =>
    expect(given([`RUN ${command}`], all)).toEqual([caches]),
  )
})

describe('a step that removes the directory of a cache', () => {
  test.each(['rm -rf', 'rmdir', 'unlink', 'shred'])('by %s does not get it', (program) =>
    expect(given([`RUN npm ci && ${program} /root/.npm`])).toEqual([[]]),
  )
  test.each(['ls', 'mkdir -p', 'cat'])('is not one that calls %s', (program) =>
    expect(given([`RUN npm ci && ${program} /root/.npm`])).toEqual([['npm']]),
  )
})

describe('files of a cache that another stage takes from the image', () => {
  const stage = (take: string) => given(['RUN pip install six', 'FROM base', take])[0]
  test.each([
    ['COPY --from=0 /root/.cache/pip /cache', []],
    ['COPY --from=0 /opt /opt', ['pip']],
    ['COPY --from=0 . /all', ['pip']],
    ['COPY --from=0 / /all', ['pip']],
    ['RUN --mount=type=bind,from=0,source=/root/.cache/pip,target=/x ls', []],
    ['RUN --mount=type=bind,from=0,src=/root/.cache,target=/x ls', []],
    ['RUN --mount=type=bind,from=0,source=/opt,target=/x ls', ['pip']],
    ['RUN --mount=type=bind,source=/root/.cache/pip,target=/x ls', ['pip']],
  ])('%s: the step that fills it gets %j', (take, caches) => expect(stage(take)).toEqual(caches))
})

test.each([
  ['a step that begins with white space', '  \tRUN npm ci', '  \tRUN --device='],
  ['a step that does not', 'RUN npm ci', 'RUN --device='],
])('%s keeps it', (_, step, start) => {
  const { text } = planRewriting(`FROM base\n${step}\n`, facts)
  expect(text.split('\n')[1]).toMatch(new RegExp(`^${start}`))
})

test.each([
  ['cargo build', 1],
  ['cargo fetch', 1],
  ['cargo-chef build', 0],
  ['cargos build', 0],
])('%s without Cargo.lock is named %i times', (command, times) => {
  const plan = planRewriting(`FROM base\nCOPY src .\nRUN ${command}\n`, facts)
  const found = habitsOf(plan, new Set(['Cargo.toml']))
  expect(found.filter(({ habit }) => habit === 'no-lock-file')).toHaveLength(times)
})

test('a stage starts without the copies of the stage before it', () => {
  const text = 'FROM base\nCOPY . .\nFROM base\nRUN npm ci\n'
  expect(habitsOf(planRewriting(text, facts), new Set<string>())).toEqual([])
})
