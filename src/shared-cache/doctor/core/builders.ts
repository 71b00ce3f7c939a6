import type { NightlyMode } from '../../buildkit/core/nightly'
import type { Finding } from './findings'

/** How an app was built last: the builder that Dokku labelled its image with. */
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

/** What builds have whose builder cannot be given the shared caches, a line for each such builder. */
export function checkBuilders(
  built: readonly BuiltApp[],
  nightly: NightlyMode,
): readonly Finding[] {
  const by = (builder: string) =>
    built.filter((each) => each.builder === builder).map(({ app }) => app)
  const nixpacks =
    nightly === 'dokku'
      ? about(
          'warn',
          "nixpacks keeps a cache for each app in Docker's build cache, which Dokku empties every night",
          'dokku shared-cache:set --global nightly-prune budget',
          by('nixpacks'),
        )
      : about(
          'ok',
          "nixpacks keeps a cache for each app in Docker's build cache",
          null,
          by('nixpacks'),
        )
  return [
    ...nixpacks,
    ...about(
      'warn',
      'railpack keeps its caches, one for all apps, in a BuildKit of its own that nothing here reaches',
      null,
      by('railpack'),
    ),
    ...about('warn', 'the lambda builder takes no caches', null, by('lambda')),
  ]
}
