import { describe, expect, test } from 'vitest'
import { type BuildsFacts, checkBuilds } from '../../../../src/shared-cache/doctor/core/builds'

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

describe('whether builds of Dockerfiles have the caches', () => {
  test.each<[Partial<BuildsFacts>, string, string, string | null]>([
    [{}, 'ok', 'are built with the shared caches', null],
    [{ hasCdi: false, engine: '20.10.24' }, 'warn', 'Docker 20.10.24 has no CDI', 'Upgrade Docker'],
    [{ hasFrontend: false }, 'fail', 'docker/dockerfile:1-labs is missing', 'docker pull docker/'],
    [
      { knowsDevices: false },
      'fail',
      'docker/dockerfile:1-labs knows no devices',
      'global frontend',
    ],
    [{ missingDevices: ['npm', 'cargo'] }, 'fail', 'npm, cargo', 'shared-cache:setup'],
    [{ lacksSccache: true }, 'warn', 'sccache is missing', 'shared-cache:setup'],
    [{ apart: ['one', 'two'] }, 'warn', 'one, two: in a group of their own', 'Docker to 29'],
  ])('%o: %s', (facts, status, text, remedy) => {
    const [finding] = checkBuilds({ ...good, ...facts })
    expect(finding).toMatchObject({ name: 'builds', status })
    expect(finding?.text).toContain(text)
    if (remedy === null) expect(finding?.remedy).toBeNull()
    else expect(finding?.remedy).toContain(remedy)
  })
})
