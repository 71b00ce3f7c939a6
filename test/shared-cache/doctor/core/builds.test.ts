import { describe, expect, test } from 'vitest'
import {
  type BuildsFacts,
  checkBuilds,
  checkBuildsBeforeSetup,
} from '../../../../src/shared-cache/doctor/core/builds'

const good: BuildsFacts = {
  engine: '28.5.2',
  hasCdi: true,
  missingDevices: [],
  frontend: 'docker/dockerfile:1-labs',
  hasFrontend: true,
  knowsDevices: true,
  apart: [],
  lacksSccache: false,
}

const PULL = 'docker pull docker/dockerfile:1-labs && dokku shared-cache:setup'

describe('whether Dockerfile builds use the caches', () => {
  test.each<[Partial<BuildsFacts>, string, string, string | null]>([
    [{}, 'ok', 'Dockerfile builds use the caches', null],
    [{ hasCdi: false, engine: '20.10.24' }, 'warn', 'Docker 20.10.24 has no CDI', 'upgrade Docker'],
    [{ hasFrontend: false }, 'fail', 'until the image docker/dockerfile:1-labs is available', PULL],
    [{ knowsDevices: false }, 'fail', 'does not support RUN --device', 'global frontend'],
    [{ missingDevices: ['npm', 'cargo'] }, 'fail', 'npm, cargo', 'shared-cache:setup'],
    [{ lacksSccache: true }, 'warn', 'its program is missing', 'shared-cache:setup'],
    [{ apart: ['one', 'two'] }, 'warn', 'apps with a group do not use', 'Docker to 29'],
  ])('%o: %s', (facts, status, text, remedy) => {
    const [finding] = checkBuilds({ ...good, ...facts })
    expect(finding).toMatchObject({ name: 'builds', status })
    expect(finding?.text).toContain(text)
    if (remedy === null) expect(finding?.remedy).toBeNull()
    else expect(finding?.remedy).toContain(remedy)
  })

  test('apps with a group are named', () => {
    expect(checkBuilds({ ...good, apart: ['one', 'two'] })[0]?.text).toMatch(/: one, two$/)
  })
})

describe('what setup will provide for builds', () => {
  const ALL = 'after setup, running apps, buildpack builds and Dockerfile builds use the caches'
  test.each<[Partial<BuildsFacts>, string, string, string | null]>([
    [{}, 'ok', ALL, null],
    [
      { hasFrontend: false },
      'ok',
      `${ALL}; setup downloads the image docker/dockerfile:1-labs for that`,
      null,
    ],
    [
      { hasCdi: false, engine: '20.10.24' },
      'warn',
      'after setup, running apps and buildpack builds use the caches, Dockerfile builds do not: Docker 20.10.24 has no CDI devices',
      'upgrade Docker to 28.2 or later',
    ],
  ])('%o: %s', (facts, status, text, remedy) => {
    const findings = checkBuildsBeforeSetup({ ...good, ...facts })
    expect(findings).toEqual([{ name: 'builds', status, text, remedy }])
  })
})
