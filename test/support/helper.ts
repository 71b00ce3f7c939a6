import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { version } from '../../package.json'

/**
 * Makes a server below a directory: the bundled helper behind a `sudo` in `bin`, its `/etc/cdi` in the
 * directory, the root of the caches in `shared`, and Dokku's properties of the plugin.
 */
export function makeHelper(base: string): void {
  for (const name of ['bin', 'shared', 'config/shared-cache/--global']) {
    mkdirSync(join(base, name), { recursive: true })
  }
  const helper = readFileSync(`dist/dokku-shared-cache-${version}/helper.cjs`, 'utf8')
  writeFileSync(join(base, 'helper.cjs'), helper.replaceAll('"/etc/cdi"', JSON.stringify(base)))
  writeFileSync(join(base, 'root'), `${base}/shared\n0\n`)
  writeFileSync(
    join(base, 'bin/sudo'),
    `#!/bin/sh\nshift 2; exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin '${process.execPath}' '${base}/helper.cjs' "$@"\n`,
  )
  chmodSync(join(base, 'bin/sudo'), 0o755)
}
