import { expect, test } from 'vitest'
import { type Finding, finding, ok } from '../../../src/foundation/core/findings'
import { findingLines, verdict } from '../../../src/foundation/output/findings'

const warn = finding('warn', 'mounts', 'a', null)
const fail = finding('fail', 'node', 'b', 'do c')

test.each<[readonly Finding[], string]>([
  [[ok('a', 'x')], 'No problems found'],
  [[warn], 'No problems found, 1 warning'],
  [[fail, warn, warn], '1 problem found, 2 warnings'],
  [[fail, fail], '2 problems found'],
])('%j comes to: %s', (findings, text) => expect(verdict(findings)).toBe(text))

test('a line a finding, in columns, with the remedy at the end', () =>
  expect(findingLines([ok('a', 'x'), warn, fail])).toEqual([
    'ok       a       x',
    'warning  mounts  a',
    'wrong    node    b. To fix: do c',
  ]))
