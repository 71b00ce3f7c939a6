import { describe, expect, test } from 'vitest'
import { parseBases, formatBases, withSeen } from '../../../../src/shared-cache/devices/core/bases'
import { baseKey, deviceName, makeSpec } from '../../../../src/shared-cache/devices/core/cdi'
import {
  type BuildFacts,
  planRewriting,
} from '../../../../src/shared-cache/dockerfile/core/rewrite'
import { DEFAULT_CACHES, cacheNamed } from '../../../../src/shared-cache/catalogue/core/catalogue'

const DEBIAN = 'debian-12-amd64-glibc'
const EDITION = '01234567'
const playwright = cacheNamed('playwright')

const base = (reference: string, system = DEBIAN, plain = true) => ({
  ...{ reference, platform: '', system, plain },
})

const facts: BuildFacts = {
  caches: DEFAULT_CACHES,
  buildArgs: new Map(),
  browsers: {
    generation: EDITION,
    bases: [
      base('node:22'),
      base('python:3'),
      base('alpine:3', 'alpine-3.20-amd64-musl'),
      base('own:1', DEBIAN, false),
      base('new:1', ''),
    ],
    seenIn: (system) => system === DEBIAN,
  },
}

/** Where the browsers of a file go; '' for the image. */
const placeOf = (lines: readonly string[], browsers = facts.browsers) =>
  planRewriting(lines.join('\n'), { ...facts, browsers }).browsers

const INSTALL = 'RUN npx playwright install'

describe('the browsers of a build go to the shared cache', () => {
  test.each<[string, readonly string[]]>([
    ['on a base whose system is known', ['FROM node:22', INSTALL]],
    ['with what the system needs', ['FROM node:22', `${INSTALL} --with-deps chromium`]],
    ['from Python', ['FROM python:3', 'RUN python -m playwright install']],
    ['as another user', ['FROM node:22', 'USER 1000', INSTALL]],
    ['beside other steps', ['FROM node:22', 'RUN npm ci && npx playwright install']],
    [
      'from a cache mount at their place',
      [
        'FROM node:22',
        'RUN --mount=type=cache,target=/root/.cache/ms-playwright npx playwright install',
      ],
    ],
    [
      'in a stage that the image begins with',
      ['FROM node:22 AS a', INSTALL, 'FROM a', 'RUN npm ci'],
    ],
    [
      'in a stage of the same system',
      ['FROM python:3 AS a', 'RUN playwright install', 'FROM node:22', 'COPY --from=a /app /app'],
    ],
  ])('%s', (_, lines) => {
    const plan = planRewriting(lines.join('\n'), facts)
    expect(plan.browsers).toBe(DEBIAN)
    const device = new RegExp(`--device=dokku.com/shared-cache=playwright-[0-9a-f]{16}-${EDITION}`)
    expect(plan.text).toMatch(device)
  })
})

describe('and into the image, as without the plugin,', () => {
  test.each<[string, readonly string[]]>([
    ['on a base that nobody has seen', ['FROM other:1', INSTALL]],
    ['on a base whose system is not known yet', ['FROM new:1', INSTALL]],
    ['on a base that may say itself where they are', ['FROM own:1', INSTALL]],
    ['on a system where the containers do not look', ['FROM alpine:3', INSTALL]],
    ['in a stage of another system', ['FROM alpine:3 AS a', INSTALL, 'FROM node:22']],
    [
      'in a stage of the image’s system for an image of another',
      ['FROM node:22 AS a', INSTALL, 'FROM alpine:3'],
    ],
    ['where a variable says where', ['FROM node:22', 'ENV PLAYWRIGHT_BROWSERS_PATH=/b', INSTALL]],
    ['where an argument says where', ['FROM node:22', 'ARG PLAYWRIGHT_BROWSERS_PATH', INSTALL]],
    [
      'where the step says where',
      ['FROM node:22', 'RUN PLAYWRIGHT_BROWSERS_PATH=0 npx playwright install'],
    ],
    [
      'where another stage copies them',
      ['FROM node:22 AS a', INSTALL, 'FROM node:22', 'COPY --from=a /root/.cache/ms-playwright /b'],
    ],
    [
      'where another stage copies what is above them',
      ['FROM node:22 AS a', INSTALL, 'FROM node:22', 'COPY --from=a /root/.cache /root/.cache'],
    ],
    [
      'where a step changes their owner',
      ['FROM node:22', INSTALL, 'RUN chown -R app /root/.cache'],
    ],
    [
      'where the step copies them',
      ['FROM node:22', `${INSTALL} && cp -r ~/.cache/ms-playwright /b`],
    ],
    [
      'where a script speaks of them',
      ['FROM node:22', INSTALL, 'RUN <<EOF', 'ls /root/.cache/ms-playwright', 'EOF'],
    ],
    ['where the step empties the place', ['FROM node:22', `${INSTALL} && rm -rf /root/.cache`]],
  ])('%s', (_, lines) => {
    const plan = planRewriting(lines.join('\n'), facts)
    expect(plan.browsers).toBe('')
    expect(plan.text).not.toContain('shared-cache=playwright')
  })

  test('where the cache has no generation, and where nothing is known', () => {
    expect(
      placeOf(['FROM node:22', INSTALL], facts.browsers && { ...facts.browsers, generation: '' }),
    ).toBe('')
    expect(placeOf(['FROM node:22', INSTALL], null)).toBe('')
  })

  test('of packages whose own installation fetches them', () => {
    const { text, browsers } = planRewriting('FROM node:22\nRUN npm ci', facts)
    expect([browsers, text]).toEqual([
      '',
      'FROM node:22\nRUN --device=dokku.com/shared-cache=npm npm ci',
    ])
  })
})

test('a base is learned from a build that leaves its browsers in the image', () => {
  const { bases } = planRewriting(`FROM other:1\n${INSTALL}`, facts)
  expect(bases).toEqual([{ reference: 'other:1', platform: '' }])
})

describe('the edition', () => {
  const CACHES = { '': [playwright] }

  test('is in the name of the device, so that no layer is taken whose browsers are gone', () => {
    const [one, other] = [EDITION, '89abcdef'].map((generation) =>
      deviceName(playwright, 'node:22', '', { generation }),
    )
    expect(one).not.toBe(other)
    const key = baseKey({ reference: 'node:22', platform: '' })
    const bases = [{ key, directory: DEBIAN }]
    const { devices } = makeSpec('/srv', { caches: CACHES, bases, generation: EDITION })
    expect(devices.map(({ name }) => name)).toEqual([one])
  })
  test('is in no other name', () =>
    expect(deviceName(cacheNamed('pip'), 'node:22', '', { generation: EDITION })).toBe(
      deviceName(cacheNamed('pip'), 'node:22', ''),
    ))
  test('that cannot be told makes no device', () => {
    expect(deviceName(playwright, 'node:22', '')).toBeNull()
    const bases = [{ key: '0123456789abcdef', directory: DEBIAN }]
    expect(makeSpec('/srv', { caches: CACHES, bases }).devices).toEqual([])
  })
  test('is none of a group: its browsers go into the image', () => {
    const bases = [{ key: '0123456789abcdef', directory: DEBIAN }]
    const caches = { apart: [playwright] }
    expect(makeSpec('/srv', { caches, bases, generation: EDITION, given: true }).devices).toEqual(
      [],
    )
  })
})

describe('whether a base says where browsers are', () => {
  const known = [base('node:22', DEBIAN, true)]
  const key = baseKey({ reference: 'node:22', platform: '' })
  test.each<[string, string, boolean | null, boolean]>([
    ['is learned', DEBIAN, true, true],
    ['can change', DEBIAN, false, false],
    ['stays where an image does not tell', DEBIAN, null, true],
    [
      'is forgotten where the tag moved and the image does not tell',
      'debian-13-amd64-glibc',
      null,
      false,
    ],
  ])('%s', (_, system, plain, after) =>
    expect(withSeen(known, key, { system, plain })[0]?.plain).toBe(after),
  )
  test('is read back, and is not taken for granted', () => {
    expect(parseBases(formatBases(known))).toEqual(known)
    const older = JSON.stringify([{ reference: 'a', platform: '', system: DEBIAN }])
    expect(parseBases(older)[0]?.plain).toBe(false)
  })
})
