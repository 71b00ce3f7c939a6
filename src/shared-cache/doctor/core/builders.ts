import type { NightlyMode } from '../../buildkit/core/nightly'
import type { Finding } from '../../../foundation/core/findings'

/** An app and the builder in its image's Dokku label. */
export interface BuiltApp {
  readonly app: string
  readonly builder: string
}

function about(
  status: Finding['status'],
  text: string,
  remedy: string | null,
  apps: readonly string[],
): readonly Finding[] {
  if (apps.length === 0) return []
  return [{ name: 'builders', status, text: `${text}: ${apps.join(', ')}`, remedy }]
}

/** Builders that cannot use the shared caches in their builds, one line each, with their apps. */
export function checkBuilders(
  built: readonly BuiltApp[],
  nightly: NightlyMode,
): readonly Finding[] {
  const by = (builder: string) =>
    built.filter((each) => each.builder === builder).map(({ app }) => app)
  const nixpacks = "nixpacks keeps a cache per app in Docker's build cache"
  return [
    ...(nightly === 'dokku'
      ? about(
          'warn',
          `${nixpacks}, which Dokku prunes every night`,
          'dokku shared-cache:set --global nightly-prune budget',
          by('nixpacks'),
        )
      : about('ok', nixpacks, null, by('nixpacks'))),
    ...about(
      'warn',
      'railpack builds do not use the shared caches: railpack has its own BuildKit with its own caches',
      null,
      by('railpack'),
    ),
    ...about('warn', 'lambda builds do not use the shared caches', null, by('lambda')),
  ]
}
