import { describe, expect, test } from 'vitest'
import {
  dropIn,
  isChanged,
  NIGHTLY_MODES,
  nightlyCron,
} from '../../../../src/shared-cache/buildkit/core/nightly'

const LINE = '5 4 * * * dokku docker builder prune >>/var/log/dokku/builder-prune.log 2>&1'
const CRON = `PATH=/usr/bin:/bin\nSHELL=/bin/bash\n\n${LINE}\n`
/** The lines of a crontab file except comments and settings. */
const tasks = (cron: string | null) =>
  (cron ?? '').split('\n').filter((line) => /^[^#\s=]+\s/.test(line))

describe('the drop-in for the service of Dokku', () => {
  const lines = (mode: (typeof NIGHTLY_MODES)[number]) =>
    dropIn(mode, '/x/nightly')
      ?.split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
  test('clears the command of Dokku and starts the other one, in this order', () => {
    expect(lines('budget')).toEqual(['[Service]', 'ExecStart=', 'ExecStart=/x/nightly'])
    expect(lines('off')).toEqual(['[Service]', 'ExecStart=', 'ExecStart=/bin/true'])
  })
  test('is missing for mode dokku', () => expect(dropIn('dokku', '/x')).toBeNull())
})

describe('Dokku’s crontab file', () => {
  test.each([
    ['as Dokku has it', LINE],
    ['with -f', LINE.replace('prune >>', 'prune -f >>')],
    ['with --force and a filter', LINE.replace('prune >>', 'prune --force --filter a=b >>')],
    ['by the whole path', LINE.replace('docker', '/usr/bin/docker')],
  ])('%s runs only the script, with its schedule, user and log', (_, line) =>
    expect(tasks(nightlyCron(CRON.replace(LINE, line), 'budget', '/x/nightly'))).toEqual([
      '5 4 * * * dokku /x/nightly >>/var/log/dokku/builder-prune.log 2>&1',
    ]),
  )
  test('has no log without one', () =>
    expect(
      tasks(nightlyCron('5 4 * * * root docker builder prune -f\n', 'budget', '/x/nightly')),
    ).toEqual(['5 4 * * * root /x/nightly']))
  test('runs nothing with mode off', () =>
    expect(tasks(nightlyCron(CRON, 'off', '/x/nightly'))).toEqual([]))
  test('keeps its settings, and its other tasks', () => {
    const other = '7 4 * * * root docker image prune -f'
    const changed = nightlyCron(`${CRON}${other}\n`, 'budget', '/x/nightly')
    expect(changed).toContain('PATH=/usr/bin:/bin\nSHELL=/bin/bash\n')
    expect(tasks(changed)).toContain(other)
  })
  test.each([
    '',
    '# nothing\n',
    '5 4 * * * root docker image prune -f\n',
    '* docker builder prune\n',
  ])('is not changed if it prunes no builder: %j', (cron) =>
    expect(nightlyCron(cron, 'budget', '/x')).toBeNull(),
  )
  test('contains a note that it was changed', () => {
    expect(isChanged(CRON)).toBe(false)
    for (const mode of ['budget', 'off'] as const)
      expect(isChanged(nightlyCron(CRON, mode, '/x') ?? '')).toBe(true)
  })
})
