import { expect, test } from 'vitest'
import type { Finding } from '../../../src/foundation/core/findings'
import { makePaint } from '../../../src/foundation/output/colour'
import { findingLines, verdict } from '../../../src/foundation/output/findings'

const node: Finding = { name: 'node', status: 'ok', text: 'Node v20.0.0', remedy: null }
const acl: Finding = { name: 'acl', status: 'fail', text: 'no setfacl', remedy: 'apt install acl' }
const setup: Finding = { name: 'setup', status: 'warn', text: 'not yet', remedy: null }

test('a line for each finding, and its remedy below it', () => {
  expect(findingLines([node, acl, setup])).toEqual([
    'ok       node   Node v20.0.0',
    'wrong    acl    no setfacl',
    '                To fix: apt install acl',
    'warning  setup  not yet',
  ])
})

test('on a terminal the first word has a colour, and columns stay aligned', () => {
  const words = findingLines([node, acl, setup], makePaint(true))
  expect(words).toEqual([
    '\u001b[32mok     \u001b[39m  node   Node v20.0.0',
    '\u001b[31mwrong  \u001b[39m  acl    no setfacl',
    '                To fix: apt install acl',
    '\u001b[33mwarning\u001b[39m  setup  not yet',
  ])
})

test.each([
  [[node], 'No problems found'],
  [[node, setup], 'No problems found, 1 warning'],
  [[setup, setup], 'No problems found, 2 warnings'],
  [[node, acl], '1 problem found'],
  [[acl, acl, setup], '2 problems found, 1 warning'],
])('the last line counts problems and warnings', (findings, line) => {
  expect(verdict(findings)).toBe(line)
})
