import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { formatVolume } from '../../src/persist/volumes/core/volume'
import { sampleVolume } from '../support/volumes'
import { makeDoubleServer } from './double-server'
import { canServe, REAL } from './harness'

let server: Awaited<ReturnType<typeof makeDoubleServer>>
const persist = (...words: string[]) => server.dokku(`persist:${words[0] ?? ''}`, ...words.slice(1))

const VOLUMES = [
  { name: 'uploads', path: '/app/uploads', size: 10_000 },
  { name: 'logs', path: '/app/logs', kind: 'logs' },
  { name: 'cache', path: '/app/cache', kind: 'cache', variable: 'CACHE_DIR' },
] as const

/** A volume with a directory, a record, an entry and a mount, as persist:add makes it. */
async function addVolume(change: (typeof VOLUMES)[number], app: string | null = 'e2e-app') {
  const entry = `${app ?? 'e2e-old'}-${change.name}`
  const formerApp = app === null ? 'e2e-old' : null
  const volume = sampleVolume({ ...change, entry, app, formerApp })
  const { lib } = server
  await server.shell(`
    mkdir -p ${lib}/data/persist/volumes ${lib}/data/storage/${entry}/sub
    printf '%05000d' 0 >${lib}/data/storage/${entry}/sub/old
    printf '%05000d' 0 >${lib}/data/storage/${entry}/sub/new
    touch -d '40 days ago' ${lib}/data/storage/${entry}/sub/old`)
  writeFileSync(join(lib, `data/persist/volumes/${entry}.json`), formatVolume(volume))
  if (app === null) return
  await server.dokku('storage:create', entry, entry)
  await server.dokku('storage:mount', app, entry, '--container-dir', change.path)
}

const files = () => server.shell(`cd ${server.lib}/data/storage; find . -type f | sort`)
const samplesOf = async (entry: string) =>
  (
    JSON.parse(await server.shell(`cat ${server.lib}/data/persist/usage/${entry}.json`)) as {
      readonly samples: readonly { readonly bytes: number; readonly files: number }[]
    }
  ).samples

describe.skipIf(!canServe || REAL !== '')('the sizes of volumes (needs root)', () => {
  beforeAll(async () => {
    server = await makeDoubleServer()
    await server.dokku('apps:create', 'e2e-app')
    expect(await server.installPersist()).toMatchObject({ exit: 0, stderr: '' })
  })
  afterAll(() => server.destroy())
  beforeEach(async () => {
    await server.shell(`rm -rf ${server.lib}/data/persist/* ${server.lib}/data/storage/*`)
    for (const volume of VOLUMES) await addVolume(volume)
    await addVolume(VOLUMES[0], null)
  })

  test('a list has all volumes, and those without an app', async () => {
    const { exit, stdout, stderr } = await persist('list')
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).join('|'))).toEqual([
      'App|Name|Path|Kind|Size|Measured|Entry',
      'e2e-app|cache|/app/cache|cache|-|never|e2e-app-cache',
      'e2e-app|logs|/app/logs|logs|-|never|e2e-app-logs',
      'e2e-app|uploads|/app/uploads|data|-|never|e2e-app-uploads',
      '- (was e2e-old)|uploads|/app/uploads|data|-|never|e2e-old-uploads',
      '',
    ])
    const orphans = await persist('list', '--orphans', '--format', 'json')
    expect(JSON.parse(orphans.stdout)).toMatchObject({
      version: 1,
      volumes: [{ app: null, formerApp: 'e2e-old', entry: 'e2e-old-uploads', bytes: null }],
    })
    expect((await persist('list', 'e2e-app')).stdout).not.toContain('e2e-old')
    expect((await persist('list', 'e2e-app', '--orphans')).stdout).toContain('No volumes without')
  })

  test('a scheduled run measures all volumes, and prints one line', async () => {
    const { exit, stdout, stderr } = await persist('scheduled')
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(/^\d{4}-\S+Z measured 4 volumes, [\d.]+ kB in all; .*\n$/)
    expect(stdout).toContain('The volume uploads of e2e-app is over its limit: ')
    expect(await samplesOf('e2e-app-logs')).toMatchObject([{ files: 2 }])
    expect((await persist('list')).stdout).toMatch(/uploads .* kB {3}just now {3}e2e-app-uploads/)
  })

  test('a scheduled run forgets volumes that are gone, and goes on after one that is missing', async () => {
    await persist('scheduled')
    await server.shell(`
      rm ${server.lib}/data/persist/volumes/e2e-old-uploads.json
      rm -r ${server.lib}/data/storage/e2e-app-cache`)
    const { exit, stdout } = await persist('scheduled')
    expect(exit).toBe(1)
    expect(stdout).toMatch(
      /^\S+ e2e-app-cache failed: The directory of the volume e2e-app-cache is missing; measured 2 /,
    )
    const usage = await server.shell(`ls ${server.lib}/data/persist/usage`)
    expect(usage.split('\n')).toEqual([
      ...['e2e-app-cache.json', 'e2e-app-logs.json', 'e2e-app-uploads.json', ''],
    ])
  })

  test('info has everything about a volume', async () => {
    const measured = await persist('info', 'e2e-app', 'uploads', '--measure', '--format', 'json')
    expect(measured).toMatchObject({ exit: 0, stderr: '' })
    expect(JSON.parse(measured.stdout)).toMatchObject({
      ...{ version: 1, app: 'e2e-app', name: 'uploads', kind: 'data', lastBackup: null },
      directory: {
        path: `${server.lib}/data/storage/e2e-app-uploads`,
        owner: { uid: 0, gid: 0 },
        mode: '0755',
      },
      mounts: [{ containerPath: '/app/uploads', readonly: false, process: null }],
      size: { files: 2, complete: true, overLimit: true, limitBytes: 10_000 },
      settings: { owner: 'auto', size: 10_000 },
    })
    const { stdout } = await persist('info', 'e2e-app', 'uploads')
    expect(stdout).toMatch(/Volume last backup: +-\n/)
    expect(stdout).toMatch(/Volume measured: +just now\n/)
  })

  test('a report walks nothing unless it is told to', async () => {
    const before = await persist('report', 'e2e-app', '--persist-volume-files')
    expect(before).toEqual({ exit: 0, stdout: '\n', stderr: '' })
    const after = await persist('report', 'e2e-app', '--measure', '--persist-volume-files')
    expect(after.stdout).toBe('6\n')
    await server.shell(`rm ${server.lib}/data/storage/e2e-app-logs/sub/new`)
    expect((await persist('report', 'e2e-app', '--persist-volume-files')).stdout).toBe('6\n')
  })

  test('a report has rows, a table and warnings', async () => {
    const { exit, stdout } = await persist('report', 'e2e-app', '--measure')
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^=====> e2e-app persist information\n/)
    expect(stdout).toMatch(/Persist computed warn at: +80%\n/)
    expect(stdout).toMatch(/Persist volume count: +3\n/)
    expect(stdout).not.toMatch(/Persist volume bytes/)
    expect(stdout).toMatch(/Persist volumes over limit: +uploads\n/)
    expect(stdout).toMatch(/uploads {3}data .* 10 kB \(\d+ %\)/)
    expect(stdout).toContain('The volume uploads of e2e-app is over its limit')
    const json = await persist('report', 'e2e-app', '--format', 'json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      'mount-count': '3',
      'volume-files': '6',
      volumes: [{ name: 'cache' }, { name: 'logs' }, { name: 'uploads', overLimit: true }],
    })
  })

  test.each([
    ['json', /^\{"version":1,.*"volumes":\[.*\}\n$/],
    ['prometheus', /^# HELP dokku_persist_report_timestamp_seconds /],
    ['html', /^<!doctype html>\n[^]*<\/html>\n$/],
    ['stdout', /^=====> --global persist information\n[^]*Total: 4 volumes, /],
    ['stdout', /Persist computed schedule: +15 3 \* \* \*\n/],
  ])('a report on the host as %s', async (format, text) => {
    const { exit, stdout, stderr } = await persist('report', '--global', '--format', format)
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
    expect(stdout).toMatch(text)
  })

  test('clean shows, asks, deletes, and remembers the new size', async () => {
    const words = ['clean', 'e2e-app', '--kind', 'logs', '--older-than', '30d']
    const before = await files()
    const dry = await persist(...words, '--dry-run')
    expect(dry).toMatchObject({ exit: 0, stderr: '' })
    expect(dry.stdout).toMatch(/logs \(logs\): 1 file, [\d.]+ kB to delete\n$/)
    const asked = await persist(...words)
    expect(asked.exit).toBe(1)
    expect(asked.stderr).toContain('This command will delete 1 file ')
    expect(asked.stderr).toContain('Confirmation did not match e2e-app. Aborted.')
    expect(await files()).toBe(before)

    const done = await persist(...words, '--force')
    expect(done).toMatchObject({ exit: 0, stderr: '' })
    expect(done.stdout).toMatch(/logs: deleted 1 file, [\d.]+ kB\n$/)
    expect(await files()).toBe(before.replace('./e2e-app-logs/sub/old\n', ''))
    expect(await samplesOf('e2e-app-logs')).toMatchObject([{ files: 1 }])

    const again = await persist(...words, '--format', 'json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      ...{ version: 1, app: 'e2e-app', dryRun: false },
      volumes: [{ name: 'logs', planned: { files: 0, bytes: 0 }, removed: null }],
    })
  })

  test.each<[string[], number, string]>([
    [['list', 'e2e-none'], 20, 'App e2e-none does not exist'],
    [['list', '--format', 'xml'], 1, 'Invalid --format value specified: xml'],
    [['info', 'e2e-app', 'none'], 1, 'e2e-app has no volume called "none"'],
    [['info', 'e2e-none', 'uploads'], 20, 'App e2e-none does not exist'],
    [['report', 'e2e-none'], 20, 'App e2e-none does not exist'],
    [['report', 'e2e-app', '--format', 'html'], 1, 'Invalid --format value specified: html'],
    [['report', '--persist-colour', 'e2e-app'], 1, 'Invalid flag passed, valid flags: '],
    [['clean', 'e2e-app', '--older-than', '1d', '--force'], 1, 'Please specify --kind'],
    [
      ['clean', 'e2e-app', '--kind', 'data', '--older-than', '1d', '--force'],
      1,
      'Files of the kind "data" are never deleted by age',
    ],
    [
      ['clean', 'e2e-app', '--kind', 'logs', '--name', 'uploads', '--older-than', '1d', '--force'],
      1,
      'The volume uploads of e2e-app has the kind data, not logs',
    ],
    [['clean', 'e2e-none', '--kind', 'logs', '--older-than', '1d'], 20, 'App e2e-none does not'],
    [['set', 'e2e-app', 'schedule', 'off'], 1, 'Invalid key specified, valid keys include: '],
    [['set', 'e2e-app', 'warn-at', '200%'], 1, 'Invalid value for warn-at: 200%'],
    [['set', 'e2e-none', 'warn-at', '50%'], 20, 'App e2e-none does not exist'],
  ])('%j is refused, and changes nothing', async (words, exit, message) => {
    const before = await files()
    const answer = await persist(...words)
    expect({ exit: answer.exit, stdout: answer.stdout }).toEqual({ exit, stdout: '' })
    expect(answer.stderr).toContain(message)
    expect(await files()).toBe(before)
  })

  test('the root helper takes no path, no other kind and no time to come', async () => {
    const helper = '/usr/local/lib/dokku-persist/helper'
    const before = await files()
    for (const words of [
      '../e2e-app-logs logs 1 delete',
      'e2e-app-logs/sub logs 1 delete',
      'e2e-app-uploads data 1 delete',
      'e2e-app-logs logs 99999999999999 delete',
      'e2e-app-logs logs -1 delete',
      'e2e-app-logs logs 1 maybe',
      '',
    ]) {
      expect(await server.shell(`${helper} clean ${words} 2>&1 || echo refused`)).toMatch(
        /^\{"message":".*\}\nrefused\n$/,
      )
    }
    expect(await files()).toBe(before)
  })

  test('a schedule applies at once, and an uninstall takes it back', async () => {
    const cron = () => server.dokku('plugin:trigger', 'cron-entries', 'docker-local')
    expect((await cron()).stdout).toBe(
      '15 3 * * *;dokku persist:scheduled;/var/log/dokku/persist.log\n'.replace(
        '/var/log/dokku',
        server.lib.replace('/var/lib/dokku', '/var/log/dokku'),
      ),
    )
    const set = await persist('set', '--global', 'schedule', '0 5 * * sun')
    expect(set).toMatchObject({ exit: 0, stderr: '' })
    expect((await cron()).stdout).toMatch(/^0 5 \* \* 0;dokku persist:scheduled;/)
    await persist('set', '--global', 'schedule', 'off')
    expect((await cron()).stdout).toBe('')
    await persist('set', '--global', 'schedule')
    expect((await cron()).stdout).toMatch(/^15 3 /)
    const report = await persist('report', '--global', '--persist-computed-schedule')
    expect(report.stdout).toBe('15 3 * * *\n')
  })

  test('warn-at of an app wins over that of all apps', async () => {
    await persist('set', '--global', 'warn-at', '50%')
    await persist('set', 'e2e-app', 'warn-at', 'off')
    const value = async () =>
      (await persist('report', 'e2e-app', '--persist-computed-warn-at')).stdout
    expect(await value()).toBe('off\n')
    await persist('set', 'e2e-app', 'warn-at')
    expect(await value()).toBe('50%\n')
    await persist('set', '--global', 'warn-at')
    expect(await value()).toBe('80%\n')
  })
})
