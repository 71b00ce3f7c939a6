import { type BuildTool, NEVER, tool } from './build-tool'

const words = (text: string): readonly string[] => text.split(' ')
const sequences = (...texts: readonly string[]) => texts.map(words)
const YES = /^(?:1|true|yes|on|y|t)$/i
const OFFLINE = /(?:\b|\\n)offline[\s=]+["']?true\b/
const NO = /^(?:|0|false|no|off|n|f)$/i

/** Options of uv and npm that take the next word, so that it is not the program to run. */
const UV_VALUED =
  /^(?:-[pCiPfc]|--(?:python|with|with-requirements|with-editable|from|extra|group|only-group|no-group|no-extra|package|directory|project|env-file|index|default-index|index-url|extra-index-url|find-links|refresh-package|upgrade-package|reinstall-package|cache-dir|config-file|config-setting|link-mode|constraints|overrides|color|index-strategy|keyring-provider|resolution|prerelease|exclude-newer|python-preference|python-platform))$/
const NPM_VALUED =
  /^(?:-[pcwC]|--(?:package|call|prefix|workspace|registry|cache|userconfig|loglevel|dir|filter|cwd))$/

const CARGO = /^(?:(?:xx-)?cargo|cargo-.+|maturin|trunk|wasm-pack|dx|cargo-leptos)$/
const CARGO_OTHERS = 'new init clean fmt version help login logout owner yank search cache config'

const TOOLS: readonly BuildTool[] = [
  tool({
    cache: 'pip',
    programs: /^(?:pip[0-9.]*|pipenv|pipx|pip-sync|pip-compile|tox|nox|pyproject-build)$/,
    always: /^(?:pip-sync|pip-compile|tox|nox|pyproject-build)$/,
    // It gives pip the directory PIPENV_CACHE_DIR (pipenv/utils/pip.py).
    ownCache: /^pipenv$/,
    verbs: {
      uses: words(
        'install download wheel sync lock update upgrade inject reinstall upgrade-all reinstall-all',
      ),
      others: words('uninstall list freeze show check config cache debug hash index help run'),
    },
    empties: sequences('cache purge', 'cache remove', '--clear'),
    bypass: /^--no-cache(?:-dir)?$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    // pip takes any value for yes, false and off too (pip's cmdoptions.py), and ignores an empty one.
    bypassVariables: [{ name: 'PIP_NO_CACHE_DIR', except: /^$/ }],
    places: ['.cache/pip'],
  }),
  tool({
    cache: 'uv',
    programs: /^uvx?$/,
    verbs: {
      uses: words('sync pip run tool add remove lock export tree venv build'),
      others: words('cache version help self init publish python auth generate-shell-completion'),
    },
    empties: sequences('cache clean', 'cache prune', '^clean'),
    links: {
      options: /(?:^| )--link-mode[= ]symlink(?: |$)/,
      variables: { UV_LINK_MODE: /^symlink$/ },
    },
    bypass: /^(?:--no-cache(?:-dir)?|-n)$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    bypassVariables: [{ name: 'UV_NO_CACHE', except: NO }],
    offline: {
      options: /^--offline$/,
      variables: { UV_OFFLINE: YES },
      settings: OFFLINE,
    },
    valued: UV_VALUED,
    places: ['.cache/uv'],
  }),
  tool({
    cache: 'npm',
    programs: /^np[mx](?:-cli\.js)?$/,
    verbs: {
      uses: words(
        'install i in ins inst add ci clean-install ic install-ci-test cit install-test it update ' +
          'up upgrade exec x init create rebuild dedupe ddp audit install-clean link ln pack',
      ),
      others: words(
        'run run-script rum test t start stop restart config set get c cache view info show ' +
          'version ls list prune publish login whoami pkg root bin uninstall remove rm outdated help',
      ),
    },
    empties: sequences(
      'cache clean',
      'cache clear',
      'cache rm',
      'cache verify',
      'cache npx rm',
      'clear-npx-cache',
    ),
    offline: {
      options: /^--offline(?:=true)?$/,
      variables: { npm_config_offline: YES, NPM_CONFIG_OFFLINE: YES },
      settings: OFFLINE,
    },
    valued: NPM_VALUED,
    elsewhere: /^--cache(?:=|$)/,
    locationNames: ['npm_config_cache'],
    places: ['.npm', '.npm/_cacache', '.cache/npm'],
  }),
  tool({
    cache: 'playwright',
    programs: /^playwright(?:-core)?(?:@.*)?$/,
    verbs: { uses: ['install'], others: words('install-deps test codegen uninstall show-report') },
    empties: sequences('uninstall'),
    places: ['.cache/ms-playwright'],
  }),
  tool({
    cache: 'cargo',
    programs: CARGO,
    verbs: { uses: [], others: words(CARGO_OTHERS) },
    isNeededLater: true,
    otherwise: true,
    empties: sequences(
      ...[
        '-a',
        '--autoclean',
        '-e',
        '--autoclean-expensive',
        '-r',
        '--remove-dir',
        '-k',
        '--keep-duplicate-crates',
        'trim',
        'clean-unref',
        'sc',
      ].map((word) => `cache ${word}`),
      'clean gc',
      '^trim',
    ),
    emptiedBy: sequences('rustup self uninstall'),
    offline: {
      options: /^(?:--offline|--frozen|(?:--config=)?net\.offline=true)$/,
      variables: { CARGO_NET_OFFLINE: YES },
      settings: OFFLINE,
    },
    places: [
      '.cargo/registry',
      '.cargo/git',
      '.cargo/git/db',
      '.cargo/registry/cache',
      '.cargo/registry/index',
      '/usr/local/cargo/registry',
      '/usr/local/cargo/git',
      '/usr/local/cargo/git/db',
      '/usr/local/cargo/registry/cache',
      '/usr/local/cargo/registry/index',
    ],
  }),
  tool({
    cache: 'sccache',
    programs: CARGO,
    // Only what compiles uses it, not what downloads.
    verbs: {
      uses: [],
      others: words(
        `${CARGO_OTHERS} fetch vendor metadata tree update generate-lockfile add remove`,
      ),
    },
    otherwise: true,
    yieldsTo: words(
      'CARGO_BUILD_RUSTC_WRAPPER RUSTC_WRAPPER SCCACHE_DIR SCCACHE_BUCKET SCCACHE_ENDPOINT ' +
        'SCCACHE_REDIS SCCACHE_REDIS_ENDPOINT SCCACHE_MEMCACHED SCCACHE_GHA_ENABLED SCCACHE_GCS_BUCKET',
    ),
    places: [],
  }),
  tool({
    cache: 'apt',
    programs: /^(?:apt|apt-get|aptitude)$/,
    verbs: {
      uses: words(
        'install reinstall update upgrade dist-upgrade full-upgrade safe-upgrade build-dep ' +
          'satisfy download source',
      ),
      others: words(
        'remove purge autoremove autopurge clean autoclean auto-clean distclean check changelog ' +
          'list search show policy depends rdepends showsrc edit-sources indextargets moo help',
      ),
    },
    yieldsTo: ['APT_CONFIG'],
    // A cache mount at /var/cache/apt stays: without it the image would keep the archives.
    places: [],
  }),
  tool({
    cache: 'pnpm',
    programs: /^pnp[xm](?:\.c?js)?$/,
    verbs: {
      uses: words('install i add fetch dlx update up upgrade ci import deploy rebuild create'),
      others: words('run test start exec config store cache prune list ls publish remove rm'),
    },
    empties: sequences('store prune', 'cache delete'),
    offline: {
      options: /^--offline$/,
      variables: { npm_config_offline: YES, NPM_CONFIG_OFFLINE: YES },
      settings: OFFLINE,
    },
    valued: NPM_VALUED,
    elsewhere: /^--store-dir(?:=|$)/,
    locationNames: ['NPM_CONFIG_STORE_DIR', 'PNPM_STORE_DIR'],
    places: ['.local/share/pnpm/store', '.pnpm-store', '/pnpm/store'],
  }),
  tool({
    cache: 'yarn',
    programs: /^yarn(?:pkg|(?:-[\d.]+)?\.c?js)?$/,
    verbs: {
      uses: words('install add up upgrade dlx create workspaces import'),
      others: words('run cache config set build start test version node exec remove global'),
    },
    otherwise: true,
    empties: sequences('cache clean', 'cache clear'),
    offline: {
      options: /^--offline$/,
      variables: { YARN_ENABLE_NETWORK: /^(?:0|false)$/i },
      settings: /\benableNetwork[:\s]+false\b/,
    },
    elsewhere: /^--cache-folder(?:=|$)/,
    places: ['.yarn/berry', '.yarn/berry/cache'],
  }),
  tool({
    cache: 'bun',
    programs: /^bunx?$/,
    verbs: {
      uses: words('install i add update x create ci'),
      others: words('run test build pm remove init upgrade'),
    },
    empties: sequences('pm cache rm'),
    links: { options: /(?:^| )--backend[= ]symlink(?: |$)/, variables: {} },
    bypass: /^--no-cache$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    places: ['.bun/install/cache'],
  }),
  tool({
    cache: 'go',
    programs: /^(?:(?:xx-)?go(?:\d[\w.]*)?|xcaddy|xk6|ko|goreleaser|gotestsum)$/,
    verbs: {
      uses: words('build install get mod test run generate vet list tool work'),
      others: words('clean env fmt version help doc'),
    },
    empties: sequences(
      'clean -modcache',
      'clean -cache',
      'clean -fuzzcache',
      'clean --modcache',
      'clean --cache',
    ),
    offline: { options: NEVER, variables: { GOPROXY: /^off$/ }, settings: /\bGOPROXY=off\b/ },
    locationNames: ['GOCACHE'],
    isNeededLater: true,
    places: ['go/pkg/mod', '/go/pkg/mod', '.cache/go-build', '/go-cache'],
  }),
  tool({
    cache: 'composer',
    programs: /^composer(?:\.phar)?$/,
    verbs: {
      uses: words('install i update u upgrade require r create-project global reinstall'),
      others: words('clear-cache clearcache cc config dump-autoload dumpautoload run-script exec'),
    },
    empties: sequences('clear-cache', 'clearcache', '^cc'),
    offline: { options: NEVER, variables: { COMPOSER_DISABLE_NETWORK: YES }, settings: NEVER },
    bypass: /^--no-cache$/,
    places: ['.composer/cache', '.cache/composer', '/tmp/cache'],
  }),
]

/** The row of a cache. Throws a defect for a cache without one. */
export function toolOf(cache: string): BuildTool {
  const row = TOOLS.find((candidate) => candidate.cache === cache)
  if (!row) throw new Error(`no build tool for the cache ${cache}`)
  return row
}
