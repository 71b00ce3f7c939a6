import { describe, expect, test } from 'vitest'
import { KnownError } from '../../../../src/foundation/core/errors'
import { NIGHTLY_MODES } from '../../../../src/shared-cache/buildkit/core/nightly'
import { DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import {
  FRONTEND,
  isDockersFrontend,
  withFrontend,
} from '../../../../src/shared-cache/properties/core/frontend'
import {
  appSettings,
  budgetSettings,
  cacheBudgetSettings,
  effective,
  invalidValues,
  keysFor,
  SETTINGS,
  settingFor,
} from '../../../../src/shared-cache/properties/core/properties'
import { parseCopySize, parseFrontend } from '../../../../src/shared-cache/properties/core/values'

describe('the properties', () => {
  test('that change apps take effect at once', () =>
    expect(SETTINGS.filter(({ changesApps }) => changesApps).map(({ key }) => key)).toEqual([
      ...['enabled', 'group', 'caches', 'layout', 'run-access'],
    ]))

  test.each([
    ['enabled', 'app', 'true'],
    ['group', 'app', ''],
    ['auto-enable', 'global', 'true'],
    ['caches', 'both', DEFAULT_CACHES.join(',')],
    ['layout', 'both', 'auto'],
    ['run-access', 'both', 'rw'],
    ['build-caches', 'both', 'auto'],
    ['cache-mounts', 'both', 'known'],
    ['image-copy-max-size', 'both', '4GB'],
    ['frontend', 'global', FRONTEND],
    ['max-size', 'global', '20%'],
    ['max-age', 'global', 'off'],
    ['cache-max-size', 'global', 'off'],
    ['buildkit-max-size', 'global', '20%'],
    ['buildkit-max-age', 'global', 'off'],
    ['cache-mount-max-size', 'global', 'off'],
    ['min-free-space', 'global', '10%'],
    ['schedule', 'global', '30 3 * * *'],
  ])('%s has the scope %s and the default %j', (key, scope, value) => {
    expect(SETTINGS.find((one) => one.key === key)?.scope).toBe(scope)
    expect(effective(key, {}, {})).toBe(value)
  })

  test('have a default that can be set, and a summary', () => {
    for (const { key, parse, fallback, summary } of SETTINGS) {
      if (key !== 'group') expect(parse(fallback)).toBe(fallback)
      expect(summary).not.toBe('')
    }
  })

  test('are listed once, those of apps and those of all apps', () => {
    for (const scope of ['app', 'global'] as const) {
      const keys = keysFor(scope)
      expect(new Set(keys).size).toBe(keys.length)
      expect(keys).toEqual(
        SETTINGS.filter((one) => [scope, 'both'].includes(one.scope)).map(({ key }) => key),
      )
    }
  })
})

describe('a value', () => {
  const words = ['auto', 'root', 'neutral', 'rw', 'ro', 'off', 'known', 'all', ...NIGHTLY_MODES]
  test.each([
    ['layout', ['auto', 'root', 'neutral']],
    ['run-access', ['rw', 'ro', 'off']],
    ['build-caches', ['auto', 'off']],
    ['cache-mounts', ['known', 'all']],
    ['nightly-prune', ['budget', 'dokku', 'off']],
  ])('of %s is one of %j', (key, allowed) => {
    const { parse } = settingFor('global', key)
    for (const word of allowed) expect(parse(word)).toBe(word)
    for (const word of words.filter((one) => !allowed.includes(one)))
      expect(() => parse(word)).toThrow(KnownError)
  })

  test.each([
    ['max-size', '5 GB', '5GB'],
    ['max-size', '20 %', '20%'],
    ['max-size', 'off', 'off'],
    ['max-age', '30d', '30d'],
    ['max-age', 'off', 'off'],
    ['cache-max-size', 'rust=5GB', 'cargo=5GB'],
    ['cache-mount-max-size', 'rust=5GB', 'rust=5GB'],
    ['buildkit-max-size', '1TB', '1TB'],
    ['buildkit-max-age', '2w', '2w'],
    ['min-free-space', '5%', '5%'],
    ['schedule', '0 4 * * sun', '0 4 * * 0'],
    ['image-copy-max-size', 'off', 'off'],
    ['image-copy-max-size', ' 4 GB ', '4GB'],
    ['auto-enable', 'off', 'false'],
  ])('%s %j is stored as %j', (key, value, canonical) =>
    expect(settingFor('global', key).parse(value)).toBe(canonical),
  )

  test.each([
    ['max-size', '5XB'],
    ['max-size', '101%'],
    ['max-age', '30'],
    ['cache-max-size', 'nope=5GB'],
    ['schedule', '30 3 * *'],
    ['image-copy-max-size', 'none'],
    ['image-copy-max-size', '20%'],
    ['image-copy-max-size', ''],
    ['frontend', 'a b'],
  ])('%s %j is rejected', (key, value) =>
    expect(() => settingFor('global', key).parse(value)).toThrow(KnownError),
  )

  test('that is invalid is named, for any property', () =>
    expect(invalidValues({ 'max-age': 'x', layout: 'root', group: '-', other: 'x' })).toEqual([
      { key: 'group', value: '-' },
      { key: 'max-age', value: 'x' },
    ]))
})

describe('the size up to which files are copied out of an image', () => {
  test.each([
    ['off', 'off'],
    [' off ', 'off'],
    ['0', '0'],
    ['1.5 GiB', '1.5GiB'],
  ])('%j is %j', (value, canonical) => expect(parseCopySize(value)).toBe(canonical))
})

describe('a frontend', () => {
  const digest = `sha256:${'0a'.repeat(32)}`
  test.each([
    'docker/dockerfile:1-labs',
    'dockerfile',
    `docker/dockerfile@${digest}`,
    `docker/dockerfile:1.2@${digest}`,
    'registry.example:5000/a/b-c_d.e:V1',
    '0/a',
  ])('%s is valid', (image) => expect(parseFrontend(image)).toBe(image))
  test.each([
    '',
    ' docker/dockerfile',
    'docker/dockerfile ',
    'docker/dockerfile:1;rm',
    'Docker/dockerfile',
    '-x',
    '/docker',
    'docker//dockerfile',
    'docker/dockerfile:',
    'docker/dockerfile@sha256:0a',
    `docker/dockerfile@${digest}0`,
    'a:5000:x:y',
    '$(x)',
  ])('%j is invalid', (image) => expect(() => parseFrontend(image)).toThrow(KnownError))
  test.each([
    ['docker/dockerfile:1', true],
    ['docker/dockerfile', true],
    ['docker/dockerfile-upstream:master', true],
    ['docker/dockerfile@sha256:0a', true],
    ['docker.io/docker/dockerfile:1', true],
    [null, true],
    ['x/docker/dockerfile:1', false],
    ['docker/dockerfiles:1', false],
    ['docker/dockerfile-x', false],
    ['quay.io/docker/dockerfile:1', false],
    ['', false],
    ['example/dockerfile:1', false],
  ])('%s is Docker’s own: %s', (image, expected) => expect(isDockersFrontend(image)).toBe(expected))
})

describe('the property for a name', () => {
  const hintOf = (key: string) => {
    try {
      settingFor('global', key)
    } catch (error) {
      return error instanceof KnownError ? error.hint : 'a defect'
    }
    return 'a property'
  }
  test.each([
    ['npm-max-size', /cache-max-size npm=/],
    ['rust-max-size', /cache-max-size (rust|cargo)=/],
    ['nope-max-size', null],
    ['npm-max-age', null],
    ['max-size-npm', null],
    ['npm-max-sizes', null],
    ['-max-size', null],
  ])('by %s: %s', (key, hint) => {
    if (hint) expect(hintOf(key)).toMatch(hint)
    else expect(hintOf(key)).toBeUndefined()
  })
})

describe('the settings of an app', () => {
  test('by default', () =>
    expect(appSettings({}, {})).toEqual({
      ...{ enabled: true, caches: DEFAULT_CACHES, group: '', layout: 'auto', runAccess: 'rw' },
    }))
  test('are its own before those of all', () => {
    const app = { enabled: 'false', caches: 'npm', group: 'private', layout: 'root' }
    const all = { caches: 'pip', layout: 'neutral', 'run-access': 'ro' }
    expect(appSettings(app, all)).toEqual({
      ...{ enabled: false, caches: ['npm'], group: 'private', layout: 'root', runAccess: 'ro' },
    })
  })
})

test('the sizes of the caches and of Docker’s build cache are separate', () => {
  const global = {
    ...{ 'max-size': '1GB', 'max-age': '1d', 'cache-max-size': 'npm=1GB', 'min-free-space': '1%' },
    ...{ 'buildkit-max-size': '2GB', 'buildkit-max-age': '2d', 'cache-mount-max-size': '2GB' },
  }
  expect(cacheBudgetSettings(global)).toEqual({
    ...{ maxSize: '1GB', maxAge: '1d', partMaxSize: 'npm=1GB', minFree: '1%' },
  })
  expect(budgetSettings(global)).toEqual({
    ...{ maxSize: '2GB', maxAge: '2d', partMaxSize: '2GB', minFree: '1%' },
  })
})

describe('a file that requests the frontend', () => {
  const line = `# syntax=${FRONTEND}`
  test.each<[string, string, string]>([
    ['that asked for none', 'FROM a\n', `${line}\nFROM a\n`],
    ['that asked for another', '# syntax=x/y:1\nFROM a\n', `${line}\nFROM a\n`],
    ['that asked with blanks', '#  Syntax = x/y:1 # z\r\nFROM a\n', `${line}\r\nFROM a\n`],
    ['with an escape before', '# escape=`\n# syntax=x\nFROM a', `# escape=\`\n${line}\nFROM a`],
    ['with a check before', '# check=skip=all\n#syntax=x\n', `# check=skip=all\n${line}\n`],
    ['with an escape alone', '# escape=`\nFROM a', `${line}\n# escape=\`\nFROM a`],
    ['with a shebang', '#!/usr/bin/x\nFROM a', `#!/usr/bin/x\n${line}\nFROM a`],
    ['with a shebang and a line of its own', '#!x\n# syntax=y\nFROM a', `#!x\n${line}\nFROM a`],
    ['with a mark of its encoding', '\ufeffFROM a', `\ufeff${line}\nFROM a`],
    ['with that and a line of its own', '\ufeff# syntax=y\nFROM a', `\ufeff${line}\nFROM a`],
    ['whose line comes too late', '# a\n# syntax=y\nFROM a', `${line}\n# a\n# syntax=y\nFROM a`],
    ['whose line is behind FROM', 'FROM a\n# syntax=y', `${line}\nFROM a\n# syntax=y`],
  ])('%s', (_, text, expected) => {
    expect(withFrontend(text)).toBe(expected)
    expect(withFrontend(expected)).toBe(expected)
  })
})
