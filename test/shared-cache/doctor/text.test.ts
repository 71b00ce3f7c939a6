import { expect, test } from 'vitest'
import type { Finding } from '../../../src/shared-cache/doctor/core/findings'
import { findingLines, verdict } from '../../../src/shared-cache/doctor/text'

const node: Finding = { name: 'node', status: 'ok', text: 'Node v20.0.0', remedy: null }
const acl: Finding = { name: 'acl', status: 'fail', text: 'no setfacl', remedy: 'apt install acl' }
const setup: Finding = { name: 'setup', status: 'warn', text: 'not yet', remedy: null }

test('a line each, the remedy behind what it mends', () => {
  expect(findingLines([node, acl, setup])).toEqual([
    'ok       node   Node v20.0.0',
    'wrong    acl    no setfacl. To do: apt install acl',
    'warning  setup  not yet',
  ])
})

test.each([
  [[node, setup], 'Nothing is wrong'],
  [[node, acl], 'One thing is wrong'],
  [[acl, acl], '2 things are wrong'],
])('the verdict', (findings, line) => {
  expect(verdict(findings)).toBe(line)
})
