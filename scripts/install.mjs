// Brings the plugin onto a server, or a newer one in its place, over one ssh connection.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { $ } from 'zx'
import { PLUGINS } from './plugins.mjs'

const USAGE = `Usage: scripts/install USER@HOST [--plugin NAME] [--setup] [--tarball FILE]

  --plugin NAME   shared-cache (default) or persist
  --setup         run shared-cache:setup --all afterwards
  --tarball FILE  install this tarball instead of building one`

/**
 * What the server does; the tarball comes on its standard input. A tarball install cannot be updated
 * with plugin:update, and a second plugin:install over the first one fails and leaves a nested copy:
 * so the old one goes first. Uninstalling leaves caches, mounts, variables and properties.
 */
const REMOTE = `set -eu
fail() { printf ' !     %s\\n' "$*" >&2; exit 1; }
command -v dokku >/dev/null || fail 'There is no Dokku on this server'
if [ "$(id -u)" = 0 ]; then root=; else
  root='sudo -n'
  $root true 2>/dev/null ||
    fail 'Installing a plugin needs root: connect as root, or as a user with passwordless sudo'
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/$1"
tar -tzf "$folder/$1" >/dev/null 2>&1 || fail 'The tarball did not arrive whole'
replaced=
if $root dokku plugin:installed "$3" >/dev/null 2>&1; then
  replaced=1
  echo '-----> Replacing the installed version: data, mounts, variables and settings stay'
  # Its output is for people who remove the plugin for good.
  $root dokku plugin:uninstall "$3" >/dev/null
fi
$root dokku plugin:install "file://$folder/$1" --name "$3" || {
  [ -z "$replaced" ] || fail 'The old version was removed, and the new one could not be installed. Data, mounts and variables of apps have not changed. Fix the problem above and run this again'
  fail 'The plugin could not be installed'
}
if [ "$2" = setup ]; then $root dokku shared-cache:setup --all; fi`

/** One word for any POSIX shell. */
const quote = (/** @type {string} */ word) => `'${word.replaceAll("'", `'\\''`)}'`

/** @returns {never} */
function fail(/** @type {string[]} */ ...lines) {
  for (const line of lines) console.error(` !     ${line}`)
  process.exit(1)
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        plugin: { type: 'string', default: 'shared-cache' },
        setup: { type: 'boolean', default: false },
        tarball: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    return { ...values, positionals }
  } catch (error) {
    return fail(/** @type {Error} */ (error).message, ...USAGE.split('\n'))
  }
}

/** The tarball that was asked for, or the one of this work tree. */
async function findTarball(/** @type {string} */ plugin, /** @type {string | undefined} */ given) {
  if (given !== undefined) {
    const isFile = await stat(given).then(
      (found) => found.isFile(),
      () => false,
    )
    return isFile ? given : fail(`${given} is not a file`)
  }
  process.chdir(fileURLToPath(new URL('..', import.meta.url)))
  await $({ stdio: ['ignore', 'ignore', 'inherit'] })`npm run --silent build`
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  return `dist/dokku-${plugin}-${version}.tgz`
}

const { positionals, plugin, setup, tarball, help } = readArguments()
if (help) {
  console.log(USAGE)
  process.exit(0)
}
const [host = '', ...more] = positionals
// What begins with a dash ssh would take as an option.
if (!/^[^\s-]\S*$/.test(host) || more.length > 0) fail('Name one server', ...USAGE.split('\n'))
if (host.startsWith('dokku@')) {
  fail('The user dokku runs nothing but dokku: connect as root, or as a user with sudo')
}

if (!PLUGINS.some((name) => name === plugin)) {
  fail(`There is no plugin ${plugin}: name ${PLUGINS.join(' or ')}`)
}
if (setup && plugin !== 'shared-cache') fail('--setup is for the plugin shared-cache')

const file = await findTarball(plugin, tarball)
console.log(`-----> Installing ${basename(file)} on ${host}`)
// In a shell of its own, whatever shell the user has there.
const words = ['sh', '-c', REMOTE, 'install', basename(file), setup ? 'setup' : 'only', plugin]
const ssh = $({
  nothrow: true,
  stdio: ['pipe', 'inherit', 'inherit'],
})`ssh ${host} ${words.map(quote).join(' ')}`
const input = createReadStream(file)
// ssh may end before it has read everything: what it says then is what counts.
ssh.stdin.on('error', () => input.destroy())
input.pipe(ssh.stdin)
const { exitCode } = await ssh
if (exitCode === 255) fail(`${host} cannot be reached over ssh: see above, and try: ssh ${host}`)
process.exitCode = exitCode ?? 1
