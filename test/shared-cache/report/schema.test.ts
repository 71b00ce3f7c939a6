import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { runBundle } from '../../support/bundle'
import { type Schema, violations } from '../../support/schema'
import { recorded, serveEngine } from '../../support/engine'

/** An Engine with a build cache of several types, an app's image and a builder's volume. */
const ENGINE = {
  'GET /version': recorded('28.5.2', 'version'),
  'GET /info': recorded('28.5.2', 'info'),
  'GET /v1.44/system/df?type=build-cache': recorded(
    '28.5.2',
    'system-df.type-build-cache.during-build.v1.44',
  ),
  'GET /v1.44/system/df?type=volume': {
    body: {
      Volumes: [
        {
          Name: 'cache-web',
          Labels: { 'com.dokku.app-name': 'web', 'com.dokku.builder-type': 'herokuish' },
          UsageData: { Size: 4096 },
        },
      ],
    },
  },
  'GET /v1.44/images/json': {
    body: [{ Id: 'i1', RepoTags: ['dokku/web'], Labels: { 'com.dokku.app-name': 'web' } }],
  },
  'GET /v1.44/images/i1/history': {
    body: [{ CreatedBy: 'RUN /bin/sh -c touch /root/.npm/y # buildkit' }],
  },
  'GET /v1.44/containers/json': { body: [] },
}

describe('plugin/shared-cache/report.schema.json', () => {
  const schema = JSON.parse(
    readFileSync('plugin/shared-cache/report.schema.json', 'utf8'),
  ) as Schema

  test.each([[[]], [['--buildkit']]])(
    'describes everything in report --global %j',
    async (words) => {
      const engine = await serveEngine(ENGINE)
      const root = mkdtempSync(join(tmpdir(), 'report-schema-'))
      try {
        const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root, DOCKER_HOST: engine.host }
        await runBundle(['setup'], env)
        const args = ['report', '--global', '--format', 'json', ...words]
        const { exit, stdout } = await runBundle(args, env)
        expect(exit).toBe(0)
        const document = JSON.parse(stdout) as { buildCache: unknown }
        expect(document.buildCache).not.toBeNull()
        expect(violations(schema, document)).toEqual([])
      } finally {
        rmSync(root, { recursive: true })
        await engine.close()
      }
    },
  )

  it('rejects a missing field, an extra field, or another type', () => {
    const small: Schema = {
      type: 'object',
      properties: { a: { type: 'integer' } },
      required: ['a'],
    }
    expect(violations(small, {})).toEqual(['$.a is missing'])
    expect(violations(small, { a: 1, b: 1 })).toEqual(['$.b is not in the schema'])
    expect(violations(small, { a: 'x' })).toEqual(['$.a is string'])
  })
})
