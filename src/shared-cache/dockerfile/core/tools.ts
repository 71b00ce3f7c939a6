import type { Call } from './shell'
import { programName } from './shell'

/** What one call of a program means for a cache. */
export type CacheEffect = 'uses' | 'empties' | 'bypasses' | 'elsewhere'

/** How a package manager of the catalogue is recognised in a Dockerfile. One row per cache. */
export interface BuildTool {
  readonly cache: string
  readonly programs: RegExp
  /** Subcommands that use the cache, and others; the first of them in a call decides. */
  readonly verbs: { readonly uses: readonly string[]; readonly others: readonly string[] }
  /** Whether a verb that is not in the lists, or no verb at all, uses the cache. */
  readonly otherwise: boolean
  /** Sequences of words that empty the cache, or that must not run while others install. */
  readonly empties: readonly RegExp[]
  /** Options that turn the cache off, and options that set another location. */
  readonly bypass: RegExp
  readonly elsewhere: RegExp
  /** Variables that turn the cache off when they are set to anything but `0`, `no` and the like. */
  readonly bypassVariables: readonly string[]
  /** More names of the location variable. */
  readonly locationNames: readonly string[]
  /** Variables that configure, in a step or its stage, another cache for the same purpose. */
  readonly yieldsTo: readonly string[]
  /**
   * Whether later steps build with what one step downloads: steps that may call the tool through make
   * or a script get the cache too, and an image whose command calls the tool keeps the files.
   */
  readonly isNeededLater: boolean
  /** Locations of the tool's cache: below a home directory, or absolute. */
  readonly places: readonly string[]
}

const NEVER = /^(?!)/

function tool(
  row: Pick<BuildTool, 'cache' | 'programs' | 'places'> & Partial<BuildTool>,
): BuildTool {
  return {
    verbs: { uses: [], others: [] },
    otherwise: false,
    empties: [],
    bypass: NEVER,
    elsewhere: NEVER,
    bypassVariables: [],
    locationNames: [],
    yieldsTo: [],
    isNeededLater: false,
    ...row,
  }
}

const words = (text: string): readonly string[] => text.split(' ')

const CARGO = /^(?:cargo|cargo-.+|maturin|trunk|wasm-pack|dx|cargo-leptos)$/
const CARGO_OTHERS = 'new init clean fmt version help login logout owner yank search cache config'

const TOOLS: readonly BuildTool[] = [
  tool({
    cache: 'pip',
    programs: /^(?:pip[0-9.]*|pipenv|pip-sync|pip-compile)$/,
    verbs: {
      uses: words('install download wheel sync lock update upgrade'),
      others: words('uninstall list freeze show check config cache debug hash index help run'),
    },
    empties: [/^cache (?:purge|remove)\b/],
    bypass: /^--no-cache(?:-dir)?$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    bypassVariables: ['PIP_NO_CACHE_DIR'],
    places: ['.cache/pip'],
  }),
  tool({
    cache: 'uv',
    programs: /^uvx?$/,
    verbs: {
      uses: words('sync pip run tool add remove lock export tree venv build'),
      others: words('cache version help self init publish python auth generate-shell-completion'),
    },
    empties: [/^cache (?:clean|prune)\b/],
    bypass: /^(?:--no-cache(?:-dir)?|-n)$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    bypassVariables: ['UV_NO_CACHE'],
    places: ['.cache/uv'],
  }),
  tool({
    cache: 'npm',
    programs: /^np[mx]$/,
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
    empties: [/^cache (?:clean|clear|rm|verify)\b/],
    elsewhere: /^--cache(?:=|$)/,
    locationNames: ['npm_config_cache'],
    places: ['.npm', '.npm/_cacache', '.cache/npm'],
  }),
  tool({
    cache: 'playwright',
    programs: /^playwright(?:-core)?(?:@.*)?$/,
    verbs: { uses: ['install'], others: words('install-deps test codegen uninstall show-report') },
    empties: [/^uninstall\b/],
    places: ['.cache/ms-playwright'],
  }),
  tool({
    cache: 'cargo',
    programs: CARGO,
    verbs: { uses: [], others: words(CARGO_OTHERS) },
    isNeededLater: true,
    otherwise: true,
    empties: [/^cache .*(?:-a|--autoclean|-r|--remove)/],
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
    programs: /^pnp[xm]$/,
    verbs: {
      uses: words('install i add fetch dlx update up upgrade ci import deploy rebuild create'),
      others: words('run test start exec config store cache prune list ls publish remove rm'),
    },
    empties: [/^store prune\b/, /^cache delete\b/],
    elsewhere: /^--store-dir(?:=|$)/,
    locationNames: ['NPM_CONFIG_STORE_DIR', 'PNPM_STORE_DIR'],
    places: ['.local/share/pnpm/store', '.pnpm-store', '/pnpm/store'],
  }),
  tool({
    cache: 'yarn',
    programs: /^yarn(?:pkg)?$/,
    verbs: {
      uses: words('install add up upgrade dlx create workspaces import'),
      others: words('run cache config set build start test version node exec remove global'),
    },
    otherwise: true,
    empties: [/^cache (?:clean|clear)\b/],
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
    empties: [/^pm cache rm\b/],
    bypass: /^--no-cache$/,
    elsewhere: /^--cache-dir(?:=|$)/,
    places: ['.bun/install/cache'],
  }),
  tool({
    cache: 'go',
    programs: /^(?:go(?:\d[\w.]*)?|xcaddy|xk6|ko|goreleaser|gotestsum)$/,
    verbs: {
      uses: words('build install get mod test run generate vet list tool work'),
      others: words('clean env fmt version help doc'),
    },
    empties: [/^clean .*-(?:mod)?cache\b/],
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
    empties: [/^(?:clear-cache|clearcache|cc)\b/],
    bypass: /^--no-cache$/,
    places: ['.composer/cache', '.cache/composer', '/tmp/cache'],
  }),
]

/** Programs that run the program named by their next word. */
const RUNNERS: readonly RegExp[] = [
  /^(?:npx|pnpx|bunx|uvx)$/,
  /^(?:uv|poetry|pipenv|pdm|hatch|rye) (?:tool )?run$/,
  /^(?:npm|pnpm|yarn|bun) (?:exec|x|dlx|run)$/,
  /^(?:yarn|pnpm|bun|corepack)$/,
  /^(?:python[0-9.]*|py) -m$/,
  /^php$/,
]

function runnerLength(call: readonly string[]): number {
  const first = programName(call[0] ?? '')
  for (const count of [3, 2, 1]) {
    const head = [first, ...call.slice(1, count)].join(' ')
    if (call.length >= count && RUNNERS.some((runner) => runner.test(head))) return count
  }
  return 0
}

/** A call, and the calls inside it: `npx playwright install` is npx and playwright. */
function layers(call: readonly string[]): readonly (readonly string[])[] {
  const length = runnerLength(call)
  if (length === 0) return [call]
  let at = length
  while (call[at]?.startsWith('-')) at++
  return at < call.length ? [call, ...layers(call.slice(at))] : [call]
}

function effectOf(row: BuildTool, args: readonly string[]): CacheEffect | null {
  if (row.empties.some((pattern) => pattern.test(args.join(' ')))) return 'empties'
  const verb = args.find((arg) => row.verbs.uses.includes(arg) || row.verbs.others.includes(arg))
  const asks = args.some((arg) => /^(?:--version|-V|-v|--help|-h)$/.test(arg)) && args.length === 1
  const plain = verb === undefined ? row.otherwise && !asks : row.verbs.uses.includes(verb)
  if (!plain) return null
  if (args.some((arg) => row.elsewhere.test(arg))) return 'elsewhere'
  return args.some((arg) => row.bypass.test(arg)) ? 'bypasses' : 'uses'
}

/** What a call means for the cache of a tool; null for nothing. */
export function judge(row: BuildTool, call: Call): CacheEffect | null {
  for (const layer of layers(call.words)) {
    const program = programName(layer[0] ?? '')
    if (!row.programs.test(program)) continue
    const args = layer.slice(1)
    // npx, uvx, pnpx and bunx download what they run.
    const runs = /x$/.test(program) && program !== 'dx' && args.some((arg) => !arg.startsWith('-'))
    const effect = runs ? 'uses' : effectOf(row, args)
    if (effect) return effect
  }
  return null
}

export function toolOf(cache: string): BuildTool {
  const row = TOOLS.find((candidate) => candidate.cache === cache)
  if (!row) throw new Error(`no build tool for the cache ${cache}`)
  return row
}
