import { expect, test } from 'vitest'
import { skippedLines } from '../../scripts/test-skipped.mjs'

test('nothing was skipped', () => expect(skippedLines([])).toEqual([]))

test('a test skipped for another reason is not listed', () => {
  expect(skippedLines(['a test', 'a test (needs luck)'])).toEqual([])
})

test('skipped tests are counted by what they need, with the command that runs them', () => {
  const skipped = ['a (needs Docker) b', 'c (needs root)', 'd (needs root)']
  expect(skippedLines(skipped).slice(0, 4)).toEqual([
    '3 tests skipped, because this machine lacks what they need:',
    '  root: 2 tests',
    '  Docker: 1 test',
    expect.stringContaining('sudo --preserve-env=PATH .ci/run') as string,
  ])
})

test('a test that needs two things is counted once', () => {
  expect(skippedLines(['a (needs root) b (needs Docker)']).slice(0, 2)).toEqual([
    '1 test skipped, because this machine lacks what they need:',
    '  root: 1 test',
  ])
})
