import type { Log } from '../../foundation/output/log'
import type { Unusable } from '../directories/core/usable'
import type { Rewriting } from './core/rewrite'
import { withheldText } from './text'

/** Caches and moved cache mounts, each with the lines of the steps that use it. */
function usedBy({ steps }: Rewriting): ReadonlyMap<string, readonly number[]> {
  const used = new Map<string, readonly number[]>()
  for (const { line, given, mounts } of steps) {
    const moved = mounts.filter(({ why }) => why === null).map(({ target }) => target)
    for (const name of [...given.map(({ cache }) => cache), ...moved]) {
      used.set(name, [...(used.get(name) ?? []), line])
    }
  }
  return used
}

function linesText(lines: readonly number[]): string {
  return `line${lines.length === 1 ? '' : 's'} ${lines.join(', ')}`
}

/** What the deploy log says about a Dockerfile that was rewritten. */
export interface DeployText {
  readonly line: string
  /** Lines below it: why a step does not use a cache. */
  readonly details: readonly string[]
}

/** Which steps use which caches, and why not; null where no step could use one. */
export function deployText(rewriting: Rewriting): DeployText | null {
  if (rewriting.off) {
    return { line: 'Shared caches: turned off by a comment in the Dockerfile', details: [] }
  }
  const used = [...usedBy(rewriting)].map(([name, lines]) => `${name} (${linesText(lines)})`)
  const details = rewriting.steps.flatMap(({ line, withheld, removed }) => [
    ...withheld.map((each) => `line ${line}: ${withheldText(each)}`),
    ...(removed.length > 0 ? [`line ${line}: its own request for a cache device is removed`] : []),
  ])
  if (rewriting.removedOnbuild.length > 0) {
    details.push('ONBUILD: the request for a cache device is removed')
  }
  if (used.length > 0) return { line: `Shared caches: ${used.join(', ')}`, details }
  return details.length > 0 ? { line: 'Shared caches: no step uses one', details } : null
}

/** Logs what `deployText` says. */
export function tellBuild(log: Log, rewriting: Rewriting): void {
  const text = deployText(rewriting)
  if (text === null) return
  log.step(text.line)
  for (const detail of text.details) log.detail(detail)
}

/** The line for caches that a build or container does not get because their directories are not right. */
export function leftOutLine({ caches, why, remedy }: Unusable): string {
  const text = caches.length === 1 ? 'is not used in this build:' : 'are not used in this build:'
  const what = `${caches.join(', ')} ${text} ${why}`
  return `Shared caches: ${what}${remedy === '' ? '' : `. ${remedy}`}`
}

/** Logs why a build does not use the caches, and what to do. */
export function tellNoCaches(log: Log, why: string, hint: string | undefined): void {
  log.step(`Shared caches: not used in this build: ${why}`)
  if (hint) log.detail(hint)
}

/** The line for cache mounts that stay in Docker's build cache although `cache-mounts` is `all`. */
export function noMountsLine(why: string): string {
  return `Shared caches: other cache mounts stay in Docker's build cache: ${why}`
}

/**
 * The line for a base image whose tag now names another system. What builds stored for the former
 * system since then was built for the new one, and is deleted.
 */
export function movedLine(reference: string, from: string, to: string): string {
  const change = `${reference} changed from ${from} to ${to || 'an unknown system'}`
  return `Shared caches: ${change}, recent files for ${from} are deleted`
}
