import { independentUnits } from '../../core/file-units'
import type { UnitMaker } from '../../core/steps'

/**
 * Composer: a unit is the archive of a package, `files/VENDOR/NAME/HASH.zip`, what a repository said of
 * packages, `repo/URL/NAME.json`, or a clone in `vcs`. Composer fetches again what is missing. `now` in
 * milliseconds since the epoch.
 */
export function composerUnits(now: number): UnitMaker {
  return independentUnits('composer', now, {
    files: /^(?:files\/.+\.(?:zip|tar|gz|tgz|bz2|xz|phar)|repo\/[^/]+\/[^/]+)$/,
    directories: /^vcs\/[^/]+$/,
    label: (path) => path.replace(/^(?:files|repo|vcs)\//, ''),
  })
}
