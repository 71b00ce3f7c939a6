import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'
import { FRONTEND, isDockersFrontend } from '../../../../src/shared-cache/properties/core/frontend'
import type { Dockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { stagesOf } from '../../../../src/shared-cache/dockerfile/core/stages'
import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { connectEngine } from '../../../../src/foundation/docker/engine'
import { importBase } from '../../../support/throw-away-engine'

const BASE = 'shared-cache-test/base'
const folder = join(import.meta.dirname, '../../../fixtures/dockerfiles')
const host = process.env['SHARED_CACHE_TEST_ENGINE'] ?? ''
const env = host ? { DOCKER_HOST: host } : {}

/** Whether there is an Engine with devices, the frontend that knows them, and a client that can ask. */
async function canAsk(): Promise<boolean> {
  try {
    const engine = connectEngine({ ...process.env, ...env })
    const [info, image] = await Promise.all([engine.info(), engine.image(FRONTEND)])
    const help = await execa('docker', ['build', '--help'], { reject: false, env })
    return info.CDISpecDirs.length > 0 && image !== null && help.stdout.includes('--call')
  } catch {
    return false
  }
}

interface Verdict {
  readonly warnings: readonly { readonly ruleName: string; readonly location: unknown }[] | null
  readonly buildError?: { readonly message: string }
}

/** Ports and times in an error are others each time. */
function withoutNumbers(message: string | undefined): string | undefined {
  return message?.replace(/\d+/g, 'N')
}

/** What the frontend says of a file: nothing is built. All bases are one image that is there. */
async function verdict(text: string, bases: readonly string[]) {
  const contexts = bases.map((base) => `--build-context=${base}=docker-image://${BASE}`)
  const frontend = `BUILDKIT_SYNTAX=${FRONTEND}`
  const args = ['build', '--call=check,format=json', '--build-arg', frontend, ...contexts, '-']
  const { stdout, stderr } = await execa('docker', args, { input: text, reject: false, env })
  if (!stdout.startsWith('{'))
    return { warnings: [], error: withoutNumbers(stderr.split('\n').at(-1)) }
  const { warnings, buildError } = JSON.parse(stdout) as Verdict
  const said = (warnings ?? []).map(({ ruleName, location }) => [ruleName, location])
  return { warnings: said, error: withoutNumbers(buildError?.message) }
}

const facts = {
  caches: CATALOGUE.map(({ name }) => name),
  browsers: null,
  buildArgs: new Map(),
}
const corpus = readdirSync(folder)
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)
  .map(
    ([name, text]) => [name, text, planRewriting(text, { ...facts, cacheMounts: 'all' })] as const,
  )
  .filter(([, , plan]) => plan.edits.length > 0 && isDockersFrontend(plan.file.syntax))

/** Images that a file begins stages with; its own stages are none. */
function basesOf(file: Dockerfile): readonly string[] {
  const froms = file.instructions.filter(({ keyword }) => keyword === 'FROM')
  const words = froms.map(({ args }) => args.split(/\s+/))
  const stages = words.map(([, , name = '']) => name.toLowerCase())
  const named = words
    .map(([image = '']) => image)
    .filter((image) => !/[$"'./]|^scratch$/.test(image))
  const known = stagesOf(file).steps.flatMap(({ base }) => base ?? [])
  return [...new Set([...named, ...known])].filter((base) => !stages.includes(base.toLowerCase()))
}

// Needs an Engine of 28.2 or later with the frontend's image: SHARED_CACHE_TEST_ENGINE names it.
describe.skipIf(!(await canAsk()))("Docker's own frontend (needs Engine 28.2)", () => {
  beforeAll(() => importBase(host, BASE), 60_000)

  test('is asked about many files', () => expect(corpus.length).toBeGreaterThan(40))

  test.concurrent.each(corpus)(
    'says nothing new of %s rewritten',
    async (_, text, plan) => {
      const bases = basesOf(plan.file)
      const before = await verdict(text, bases)
      const after = await verdict(plan.text, bases)
      expect(after.error).toBe(before.error)
      // A mount that has moved takes the warnings about its variables along.
      expect(before.warnings).toEqual(expect.arrayContaining(after.warnings))
    },
    120_000,
  )

  test('says no where it would: a device without its name', async () => {
    const { error } = await verdict('FROM base\nRUN --device=required=maybe x\n', ['base'])
    expect(error).toContain('invalid value for required')
  })
})
