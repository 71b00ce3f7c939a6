import type { Log } from '../../foundation/output/log'
import type { Loss } from './core/losses'
import type { BuildMessage, BuildRecord } from './core/record'

/** The command that lets an app use the caches again. */
export function retryCommand(app: string): string {
  return `dokku shared-cache:enable ${app}`
}

/** The steps that had caches: `line 4 (npm ci): npm`. */
export function suspectsText({ suspects }: BuildRecord): string {
  return suspects.map(({ step, caches }) => `${step}: ${caches.join(', ')}`).join('; ')
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}

/** Why an app builds without caches, in one sentence. */
export function stoppedText(record: BuildRecord): string {
  return `its build with the caches on ${day(record.since)} did not finish, and the one without them did`
}

/** Logs what a deploy has to say about a build that did not finish. */
export function tellFailedBuild(
  log: Log,
  app: string,
  message: BuildMessage,
  about: BuildRecord | null,
): void {
  if (message === null || about === null) return
  switch (message) {
    case 'trial':
      log.step('Shared caches: not used in this build: the last build used them and did not finish')
      return log.detail(`Steps that used caches: ${suspectsText(about)}`)
    case 'cleared':
      return log.step('Shared caches: used again: the build without them did not finish either')
    case 'succeeded':
      log.step(
        `Shared caches: this build succeeded without them, so ${app} builds without them now`,
      )
      log.detail(`Steps that used caches: ${suspectsText(about)}`)
      return log.detail(`To use the caches again: ${retryCommand(app)}`)
    case 'stopped':
      log.step(`Shared caches: not used in this build: ${stoppedText(about)}`)
      return log.detail(`To use the caches again: ${retryCommand(app)}`)
  }
}

/** Which step emptied which cache, and when. */
export function lossText({ cache, step, since }: Loss): string {
  return `${cache} lost most of its files in the build of ${day(since)}: ${step} does not get it any more`
}

/** Logs which steps emptied a cache. */
export function tellLosses(log: Log, app: string, losses: readonly Loss[]): void {
  for (const loss of losses) log.warn(`shared-cache: ${lossText(loss)}`)
  if (losses.length > 0) log.warn(`To give it again: ${retryCommand(app)}`)
}
