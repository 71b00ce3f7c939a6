import { expect, test } from 'vitest'
import { sparkline } from '../../../src/foundation/output/sparkline'

test.each([
  [[], ''],
  [[5], '▁'],
  [[5, 5, 5], '▁▁▁'],
  [[0, 7], '▁█'],
  [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
  [[9, 0, 9], '█▁█'],
  [[...Array(120).keys()], '▁▂▂▃▄▄▅▅▆▇▇█'],
])('%j is %s', (values, line) => expect(sparkline(values)).toBe(line))
