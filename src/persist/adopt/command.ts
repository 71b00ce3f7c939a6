import type { Command, CommonOptions, Context } from '../../foundation/cli/command'
import { confirm } from '../../foundation/cli/confirm'
import { checkFormat } from '../../foundation/cli/format'
import { EXIT } from '../../foundation/core/errors'
import { expectApp } from '../../foundation/dokku/open'
import { diskOf } from '../../foundation/files/disk'
import { formatBytes } from '../../foundation/output/units'
import { withLock } from '../../foundation/process/lock'
import { type VolumeServer, openVolumes } from '../volumes/host/server'
import { type AdoptPlan, checkSpace, planAdoption } from './core/plan'
import { inspectMounts } from './host/inspect'
import { runAdoption } from './host/run'
import { type StateFile, openState } from './host/state'
import { completeSwitch, recover } from './host/switch'
import { leftoverText, planText } from './text'

export interface AdoptOptions extends CommonOptions {
  readonly dryRun?: boolean
  readonly recover?: boolean
  readonly format: string
}

interface Planned {
  readonly plan: AdoptPlan
  readonly isRunning: boolean
}

/** Plans with what an earlier run has left. Throws KnownError where the copies do not fit on the disk. */
async function makePlan(
  server: VolumeServer,
  file: StateFile,
  app: string,
  paths: readonly string[],
): Promise<Planned> {
  const begun = file.read()?.items ?? []
  const { facts, isRunning } = await inspectMounts(server, app, begun)
  const plan = planAdoption(facts, paths)
  // A copy that an earlier run has begun has its place already.
  const fresh = begun.length > 0 ? { bytes: 0, files: 0 } : plan
  checkSpace(fresh, await diskOf(server.pathOf('')), formatBytes)
  return { plan, isRunning }
}

function show(context: Context, server: VolumeServer, app: string, { plan }: Planned): void {
  const { log } = context
  log.step(plan.items.length > 0 ? `Mounts of ${app} to take over` : `Nothing to take over`)
  for (const line of planText(plan, server.pathOf)) log.detail(line)
}

function showJson({ log }: Context, app: string, { plan }: Planned, applied: boolean): void {
  const items = plan.items.map(({ source, volume: { name, entry, path }, found }) => ({
    ...{ path, name, entry, source },
    ...found,
  }))
  const { skipped, bytes, files } = plan
  log.plain(JSON.stringify({ version: 1, app, items, skipped, bytes, files, applied }))
}

/** Takes over what is planned, or only puts right what a killed run has left. */
async function carryOut(
  context: Context,
  server: VolumeServer,
  app: string,
  paths: readonly string[],
  forPerson: boolean,
): Promise<Planned> {
  const file = openState(server, app)
  const say = (text: string) => {
    if (forPerson) context.log.step(text)
  }
  return withLock(file.place(), `the mounts of ${app}`, async () => {
    const before = file.read()
    if (before) await completeSwitch(server, before)
    // What is planned now counts: mounts may have changed while a person read the first plan.
    const planned = await makePlan(server, file, app, paths)
    const { plan, isRunning } = planned
    const wasStopped = before !== null && before.phase !== 'copying' && before.wasRunning
    if (plan.items.length === 0) {
      await recover(server, file)
      file.delete()
      return planned
    }
    await runAdoption(
      server,
      file,
      { app, items: plan.items, wasRunning: isRunning || wasStopped },
      say,
    )
    return planned
  })
}

/**
 * Makes volumes of the mounts that an app has already. Shows the plan, asks, copies and verifies, and
 * starts the app once. The old data stays where it is.
 */
export const adopt: Command<AdoptOptions, readonly [string, readonly string[]]> = async (
  context,
  options,
  app,
  paths,
) => {
  checkFormat(options.format, 'stdout', 'json')
  const forPerson = options.format === 'stdout'
  const server = openVolumes(context)
  await expectApp(server.dokku, app)
  const file = openState(server, app)
  if (options.recover) {
    await withLock(file.place(), `the mounts of ${app}`, () => recover(server, file))
    return EXIT.ok
  }
  const first = await makePlan(server, file, app, paths)
  if (forPerson) show(context, server, app, first)
  if (options.dryRun) {
    if (!forPerson) showJson(context, app, first, false)
    return EXIT.ok
  }
  if (first.plan.items.length > 0) {
    const lines = [
      `This command will stop ${app} for a short time and replace its mounts.`,
      'The old data stays where it is.',
    ]
    await confirm(context, options, lines, app, forPerson)
  }
  const { plan } = await carryOut(context, server, app, paths, forPerson)
  if (forPerson) for (const item of plan.items) context.log.step(leftoverText(item))
  else showJson(context, app, { plan, isRunning: first.isRunning }, true)
  return EXIT.ok
}
