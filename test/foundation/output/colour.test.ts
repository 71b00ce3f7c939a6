import { describe, expect, test } from 'vitest'
import { hasColour, makePaint } from '../../../src/foundation/output/colour'

describe('colours are used', () => {
  test.each<[string, Record<string, string>, boolean, boolean]>([
    ['on a terminal', {}, true, true],
    ['not in a pipe', {}, false, false],
    ['not with NO_COLOR', { NO_COLOR: '1' }, true, false],
    ['with an empty NO_COLOR, which counts as not set', { NO_COLOR: '' }, true, true],
    ['not on a dumb terminal', { TERM: 'dumb' }, true, false],
    ['in a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, false, true],
    ['not with FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
    ['not with NO_COLOR and FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ])('%s', (_, env, isTerminal, colours) => {
    expect(hasColour(env, isTerminal)).toBe(colours)
  })
})

test.each([
  ['red', '\u001b[31mx\u001b[39m'],
  ['yellow', '\u001b[33mx\u001b[39m'],
  ['green', '\u001b[32mx\u001b[39m'],
] as const)('%s is added to a text, and not to an empty one', (colour, text) => {
  expect(makePaint(true)(colour, 'x')).toBe(text)
  expect(makePaint(true)(colour, '')).toBe('')
})

test('a text without colours is not changed', () => {
  expect(makePaint(false)('red', 'x')).toBe('x')
})
