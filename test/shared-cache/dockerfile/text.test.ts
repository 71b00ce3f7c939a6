import { describe, expect, test } from 'vitest'
import { DEFAULT_CACHES } from '../../../src/shared-cache/catalogue/core/catalogue'
import type { Unusable } from '../../../src/shared-cache/directories/core/usable'
import { planRewriting } from '../../../src/shared-cache/dockerfile/core/rewrite'
import { checkData, tellCheck } from '../../../src/shared-cache/dockerfile/text'
import { makeLog } from '../../../src/foundation/output/log'

const rewriting = planRewriting('FROM base\nRUN npm ci\nRUN npm install && uv sync\n', {
  caches: DEFAULT_CACHES,
  browsers: null,
  buildArgs: new Map(),
  architecture: 'amd64',
})
const link: Unusable = {
  caches: ['npm'],
  why: '/data/npm is a symbolic link',
  remedy: 'Run: rm /data/npm',
}

function said(unusable: readonly Unusable[]): readonly string[] {
  let text = ''
  const log = makeLog({
    out: (part) => (text += part),
    err: () => undefined,
    drained: () => Promise.resolve(),
    terminal: false,
    quiet: false,
  })
  tellCheck(log, 'Dockerfile', rewriting, [], 'not by Dokku', unusable)
  return text.trimEnd().split('\n')
}

describe('check with a cache that builds cannot use now', () => {
  test('names it at each step that would use it, and says why and what to do once', () => {
    const lines = said([link])
    expect(lines.filter((line) => line.includes('npm is unusable now'))).toHaveLength(2)
    expect(lines.slice(-2)).toEqual([
      '=====> Unusable now: builds do not get these caches',
      '       npm: /data/npm is a symbolic link. Run: rm /data/npm',
    ])
  })

  test('says nothing of it where all can be used', () => {
    expect(said([]).join('\n')).not.toContain('nusable')
  })

  test.each([[[link]], [[]]])('as a document: %j', (unusable) =>
    expect(checkData('Dockerfile', rewriting, [], 'not by Dokku', unusable)).toMatchObject({
      unusable,
    }),
  )
})
