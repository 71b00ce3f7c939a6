import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { byDevice } from '../../../../src/shared-cache/devices/core/known-cache-mounts'
import { applyEdits, inverse } from '../../../../src/shared-cache/dockerfile/core/edits'
import {
  type Instruction,
  parseDockerfile,
} from '../../../../src/shared-cache/dockerfile/core/parse'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

// Written anew after public Dockerfiles of all kinds. What each step should come to is said by the
// comments in front of it: `gets`, `leaves CACHE: WHY`, `keeps TARGET` (a cache mount).
const folder = join(import.meta.dirname, '../../../fixtures/dockerfiles')
const facts = { caches: DEFAULT_CACHES, browsers: null, buildArgs: new Map() }
const corpus = readdirSync(folder).map((name) => [
  name.replace('.dockerfile', ''),
  readFileSync(join(folder, name), 'utf8'),
])

/**
 * What the comments of a file say of the step behind them, and the line on which it begins. Found by
 * looking at the text line by line: the parser that is tested has no part in it.
 */
function saidIn(text: string) {
  const said: { line: number; says: readonly string[] }[] = []
  let says: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const comment = /^\s*#\s*(.*?)\s*$/.exec(line)?.[1]
    if (comment === undefined && line.trim() !== '') {
      if (says.length > 0) said.push({ line: index + 1, says: says.sort() })
      says = []
    } else if (comment && /^(?:gets|leaves|keeps) /.test(comment)) says.push(comment)
  }
  return said
}

test('the corpus is large', () => expect(corpus.length).toBeGreaterThanOrEqual(50))

describe.each(corpus)('%s', (_, text = '') => {
  const result = planRewriting(text, facts)

  test('each step gets what its comments say', () => {
    const got = result.steps.map(({ line, given, withheld, mounts }) => ({
      line,
      says: [
        ...(given.length > 0 ? [`gets ${given.map(({ cache }) => cache).join(' ')}`] : []),
        ...withheld.map(({ cache, why }) => `leaves ${cache}: ${why}`),
        ...mounts.map(({ target }) => `keeps ${target}`),
      ].sort(),
    }))
    expect(got.filter(({ says }) => says.length > 0)).toEqual(saidIn(text))
  })

  const withMounts = planRewriting(text, { ...facts, cacheMounts: 'all' })

  test.each([
    ['known', result],
    ['all', withMounts],
  ] as const)('rewritten twice it is the same, undone the original: %s', (cacheMounts, once) => {
    const knownMounts = byDevice(once.mounts)
    const twice = planRewriting(once.text, { ...facts, cacheMounts, knownMounts })
    expect(twice.edits).toEqual([])
    expect(twice.devices).toEqual(once.devices)
    expect(applyEdits(once.text, inverse(text, once.edits))).toBe(text)
  })

  test('what moves with all is what stays with known, for that reason alone', () => {
    const reasons = ({ steps }: typeof result) =>
      steps.flatMap(({ line, mounts }) => mounts.map(({ target, why }) => [line, target, why]))
    const moving = reasons(withMounts).map(([line, target, why]) => [
      line,
      target,
      why ?? 'setting',
    ])
    expect(reasons(result)).toEqual(result.off ? reasons(withMounts) : moving)
  })

  test.each([result, withMounts])(
    'the same instructions come out, but for flags of RUN',
    (once) => {
      const shape = ({ keyword, args, heredocs, flags, inner }: Instruction): unknown => ({
        keyword,
        args: inner ? shape(inner) : args,
        heredocs,
        flags: flags.filter(({ name }) => name !== 'device' && name !== 'mount').length,
      })
      const shapes = (content: string) => parseDockerfile(content).instructions.map(shape)
      expect(shapes(once.text)).toEqual(shapes(text))
    },
  )

  test('nothing that it did not ask for itself is asked for', () => {
    const asked = [...result.text.matchAll(/dokku\.com\/shared-cache=([a-z0-9-]+)/g)]
    expect(asked.every(([, device]) => result.devices.includes(device ?? ''))).toBe(true)
  })
})
