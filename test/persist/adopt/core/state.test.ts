import { describe, expect, test } from 'vitest'
import { formatState, parseState } from '../../../../src/persist/adopt/core/state'

const STATE = { app: 'shop', phase: 'stopped', wasRunning: true, items: [] } as const

describe('the state of an adoption', () => {
  test('is read as it was written', () => {
    expect(parseState('shop', formatState(STATE))).toEqual(STATE)
  })

  test.each([
    ['no JSON', 'x'],
    ['null', 'null'],
    ['another version', JSON.stringify({ version: 2, ...STATE })],
    ['another app', JSON.stringify({ version: 1, ...STATE, app: 'blog' })],
    ['an unknown phase', JSON.stringify({ version: 1, ...STATE, phase: 'x' })],
    ['no items', JSON.stringify({ version: 1, ...STATE, items: null })],
    ['no word on whether it ran', JSON.stringify({ version: 1, ...STATE, wasRunning: 1 })],
  ])('is refused with %s', (_, text) => {
    expect(() => parseState('shop', text)).toThrow(
      'Cannot read what an earlier persist:adopt of shop',
    )
  })
})
