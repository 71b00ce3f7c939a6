/** How a package manager of the catalogue is recognised in a Dockerfile. One row per cache. */
export interface BuildTool {
  readonly cache: string
  readonly programs: RegExp
  /** Programs among them that use the cache with any words. */
  readonly always: RegExp
  /** Programs among them that call the tool with a cache of their own. */
  readonly ownCache: RegExp
  /** Subcommands that use the cache, and others; the first of them in a call decides. */
  readonly verbs: { readonly uses: readonly string[]; readonly others: readonly string[] }
  /** Whether a verb that is not in the lists, or no verb at all, uses the cache. */
  readonly otherwise: boolean
  /**
   * Words that, in this order with anything between them, empty the cache, or must not run while
   * others install. `^word` has to be the first word that is no option.
   */
  readonly empties: readonly (readonly string[])[]
  /** Calls of other programs that remove the cache. */
  readonly emptiedBy: readonly (readonly string[])[]
  /** Options (joined by spaces), and variables of a step, with which installed files link to the cache. */
  readonly links: {
    readonly options: RegExp
    readonly variables: Readonly<Record<string, RegExp>>
  }
  /** Options that turn the cache off, and options that set another location. */
  readonly bypass: RegExp
  readonly elsewhere: RegExp
  /** Variables that turn the cache off, and the values that do not. */
  readonly bypassVariables: readonly { readonly name: string; readonly except: RegExp }[]
  /** Options, and variables with their values, with which the tool uses what the cache has and no network. */
  readonly offline: {
    readonly options: RegExp
    readonly variables: Readonly<Record<string, RegExp>>
    /** A line of a configuration file, or the words that set it. */
    readonly settings: RegExp
  }
  /** Options whose value is the next word, where a program may follow them. */
  readonly valued: RegExp
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

/** Matches nothing. */
export const NEVER = /^(?!)/

/** A row, with what most tools have. */
export function tool(
  row: Pick<BuildTool, 'cache' | 'programs' | 'places'> & Partial<BuildTool>,
): BuildTool {
  return {
    always: NEVER,
    ownCache: NEVER,
    verbs: { uses: [], others: [] },
    otherwise: false,
    empties: [],
    emptiedBy: [],
    links: { options: NEVER, variables: {} },
    bypass: NEVER,
    elsewhere: NEVER,
    bypassVariables: [],
    offline: { options: NEVER, variables: {}, settings: NEVER },
    valued: NEVER,
    locationNames: [],
    yieldsTo: [],
    isNeededLater: false,
    ...row,
  }
}
