import { describe, expect, test } from 'vitest'
import { DEFAULT_CACHES } from '../../../src/shared-cache/catalogue/core/catalogue'
import { planRewriting } from '../../../src/shared-cache/dockerfile/core/rewrite'
import {
  deployText,
  movedLine,
  tellNoCaches,
} from '../../../src/shared-cache/dockerfile/deploy-text'
import { makeLog } from '../../../src/foundation/output/log'

const textOf = (steps: readonly string[], cacheMounts: 'known' | 'all' = 'known') =>
  deployText(
    planRewriting(['FROM base', ...steps, ''].join('\n'), {
      caches: DEFAULT_CACHES,
      browsers: null,
      buildArgs: new Map(),
      cacheMounts,
    }),
  )

describe('the deploy log says which caches a Dockerfile uses', () => {
  test.each<[string, readonly string[], string, readonly string[]]>([
    ['one', ['RUN npm ci'], 'Shared caches: npm (line 2)', []],
    [
      'each with all of its lines',
      ['RUN npm ci', 'RUN pip install a', 'RUN npm ci'],
      'Shared caches: npm (lines 2, 4), pip (line 3)',
      [],
    ],
    [
      'and which step does not use one, and why',
      ['RUN pip install a', 'RUN npm ci && npm cache clean --force'],
      'Shared caches: pip (line 2)',
      ['line 3: npm is not used: the step empties the cache (npm cache clean --force)'],
    ],
    [
      'none',
      ['RUN pip install --no-cache-dir a'],
      'Shared caches: no step uses one',
      ['line 2: pip is not used: the step turns the cache off (pip install --no-cache-dir a)'],
    ],
    [
      'a request of its own that is removed',
      ['RUN --device=dokku.com/shared-cache=npm ls'],
      'Shared caches: no step uses one',
      ['line 2: its own request for a cache device is removed'],
    ],
    [
      'a request in ONBUILD that is removed',
      ['ONBUILD RUN --device=dokku.com/shared-cache=npm ls'],
      'Shared caches: no step uses one',
      ['ONBUILD: the request for a cache device is removed'],
    ],
  ])('%s', (_, steps, line, details) => {
    expect(textOf(steps)).toEqual({ line, details })
  })

  test('cache mounts in shared storage are named by their target', () => {
    expect(textOf(['RUN --mount=type=cache,target=/m make'], 'all')).toEqual({
      line: 'Shared caches: /m (line 2)',
      details: [],
    })
  })

  test('nothing for a file without package managers', () => {
    expect(textOf(['RUN ls'])).toBeNull()
  })

  test('that a comment turns them off', () => {
    const text = '# shared-cache: off\nFROM base\nRUN npm ci\n'
    const facts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: new Map() }
    expect(deployText(planRewriting(text, facts))).toEqual({
      line: 'Shared caches: turned off by a comment in the Dockerfile',
      details: [],
    })
  })
})

test.each<[string | undefined, string]>([
  [undefined, '-----> Shared caches: not used in this build: WHY\n'],
  ['Run: X', '-----> Shared caches: not used in this build: WHY\n       Run: X\n'],
])('a build without caches says why, and what to do: %s', (hint, said) => {
  let out = ''
  const streams = { out: (text: string) => (out += text), err: () => undefined }
  const log = makeLog({
    ...streams,
    drained: () => Promise.resolve(),
    terminal: false,
    quiet: false,
  })
  tellNoCaches(log, 'WHY', hint)
  expect(out).toBe(said)
})

test.each([
  ['debian-13-amd64-glibc', 'a changed from alpine-3 to debian-13-amd64-glibc'],
  ['', 'a changed from alpine-3 to an unknown system'],
])('a base image that changed to %j', (to, said) => {
  expect(movedLine('a', 'alpine-3', to)).toBe(
    `Shared caches: ${said}, recent files for alpine-3 are deleted`,
  )
})
