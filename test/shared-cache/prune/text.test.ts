import { describe, expect, test } from 'vitest'
import type { PrunePlan, Removed } from '../../../src/shared-cache/prune-plan/core/inventory'
import {
  type PruneOutcome,
  showPlan,
  showRemoved,
  stoppedLine,
} from '../../../src/shared-cache/prune/text'
import { makeLog } from '../../../src/foundation/output/log'

/** Printed lines, including warnings. */
async function lines(show: (log: ReturnType<typeof makeLog>) => unknown): Promise<string[]> {
  const said: string[] = []
  const print = (text: string) => said.push(text.replace(/\n$/, ''))
  await show(
    makeLog({
      out: print,
      err: print,
      drained: () => Promise.resolve(),
      terminal: false,
      quiet: false,
    }),
  )
  return said
}

function outcome(plan: Partial<PrunePlan>, removed: Partial<Removed> | null = null): PruneOutcome {
  return {
    plan: { source: 'cargo', remove: [], bytesBefore: 66_300_000, bytesAfter: 66_300_000, ...plan },
    complete: true,
    inUse: ['used within the last 25 hours', 'and this is what to do'],
    removed: removed && { source: 'cargo', units: 2, bytes: 10, left: 0, ...removed },
  }
}

describe('a plan that cannot meet its limits shows what is kept, and why', () => {
  const shown = (plan: Partial<PrunePlan>) =>
    lines((log) => showPlan(log, outcome(plan), 0, true)).then((all) =>
      all.slice(1).map((line) => line.trim()),
    )

  test.each<[string, NonNullable<PrunePlan['blocked']> | null, string[]]>([
    ['the limits are met', null, []],
    [
      'units are in use',
      { units: 120, bytes: 60_000_000, otherBytes: 0 },
      [
        '60 MB in 120 units cannot be removed: used within the last 25 hours',
        'and this is what to do',
      ],
    ],
    [
      'files belong to no unit',
      { units: 0, bytes: 0, otherBytes: 6_300_000 },
      ['6.3 MB are not pruned: files such as indexes, locks and directories'],
    ],
  ])('%s', async (_, blocked, expected) => {
    expect(await shown(blocked ? { blocked } : {})).toEqual(expected)
  })
})

describe('the result of a prune', () => {
  const removedLine = '-----> cargo: removed 2 units, freed 10 B (planned 0 B)'
  test.each<[string, Partial<Removed>, string[]]>([
    ['everything was removed', {}, [removedLine]],
    [
      'a unit was used since the plan',
      { left: 1 },
      [
        removedLine,
        '       1 unit not removed: used since the plan was made, or needed by one that was',
      ],
    ],
    [
      'the system refused',
      { left: 1, trouble: 'Read-only file system' },
      [removedLine, ' !     cargo: Read-only file system. The next prune tries again.'],
    ],
  ])('%s', async (_, removed, expected) => {
    expect(await lines((log) => showRemoved(log, outcome({}, removed)))).toEqual(expected)
  })

  test('stopped by a signal', () => {
    expect(stoppedLine('npm', { units: 3, bytes: 4096 })).toBe(
      'Stopped: removed 3 units from npm, freed 4.1 kB. Run the command again to continue.',
    )
  })
})
