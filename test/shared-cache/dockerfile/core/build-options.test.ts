import { describe, expect, test } from 'vitest'
import { parseBuildOptions } from '../../../../src/shared-cache/dockerfile/core/build-options'

describe('options of a build', () => {
  test.each<[string, Record<string, unknown>]>([
    ['', { builder: null, platform: '', target: '' }],
    [' --builder far', { builder: 'far' }],
    [' --builder=far --builder=near', { builder: 'near' }],
    [' --platform linux/arm64 --target=web', { platform: 'linux/arm64', target: 'web' }],
    [
      ' --build-arg A=1 --build-arg=B=2=3',
      { buildArgs: new Map(Object.entries({ A: '1', B: '2=3' })) },
    ],
    [
      ` --build-arg "A=one two" --build-arg B='3'`,
      { buildArgs: new Map(Object.entries({ A: 'one two', B: '3' })) },
    ],
    [' --build-arg FROM_ENVIRONMENT', { buildArgs: new Map() }],
  ])('%j', (line, expected) => expect(parseBuildOptions(line)).toMatchObject(expected))
})
