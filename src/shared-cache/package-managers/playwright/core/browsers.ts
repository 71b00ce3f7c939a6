/**
 * Finds the browsers that apps need. A package of Playwright, in any language, contains a file
 * `browsers.json` with its browsers and their revisions. A missing browser is not downloaded when an
 * app runs.
 */

interface Described {
  readonly name: string
  readonly revision: string
  readonly revisionOverrides?: Readonly<Record<string, string>>
}

function isDescribed(value: unknown): value is Described {
  if (typeof value !== 'object' || value === null) return false
  const { name, revision } = value as Record<string, unknown>
  return typeof name === 'string' && typeof revision === 'string'
}

/** Such as `webkit_debian11_x64_special` and `chromium`: names of browsers have no dash. */
function namesOf({ name, revision, revisionOverrides = {} }: Described): readonly string[] {
  // Containers never run macOS.
  const overrides = Object.entries(revisionOverrides).filter(
    ([platform]) => !/^(?:mac|win)/.test(platform),
  )
  // 1.49 to 1.51 install headless shells that `browsers.json` does not list.
  const browsers = /^chromium(?:-tip-of-tree)?$/.test(name)
    ? [name, `${name}-headless-shell`]
    : [name]
  return browsers.flatMap((browser) => {
    const plain = browser.replace(/-/g, '_')
    const special = ([platform, other]: readonly [string, string]) =>
      `${plain}_${platform.replace(/-/g, '_')}_special-${other}`
    return [`${plain}-${revision}`, ...overrides.map(special)]
  })
}

/**
 * Names of the directories for the browsers of a `browsers.json`, such as `chromium-1187`. Some systems
 * have other revisions: `webkit_debian11_x64_special-2105`. Null for any other file. Source: how
 * Playwright's registry names a directory (`readDescriptors`), 1.55.
 */
export function browsersOf(text: string): readonly string[] | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const list = (value as { browsers?: unknown } | null)?.browsers
  if (!Array.isArray(list)) return null
  const names = list.filter(isDescribed).flatMap(namesOf)
  return names.length > 0 ? names : null
}

/** Whether a directory of the cache is a browser. Tools like ffmpeg are installed together with one. */
export function isBrowser(name: string): boolean {
  return /^(?:chromium|firefox|webkit)[-_]/.test(name)
}

/** Larger than any `browsers.json`, in bytes. */
export const BROWSERS_BYTES = 1_000_000

/** Size of a jar that may contain all of Playwright for Java, with node for five systems; in bytes. */
const LARGE_JAR = 100_000_000

const PACKAGE =
  /\/(?:(?:node_modules|site-packages|dist-packages)\/(?:@playwright\/test|playwright(?:-core|-chromium|-firefox|-webkit)?)\/|Microsoft\.Playwright\.dll$)/
const PACKED =
  /(?:playwright[^/]*\.(?:jar|war|zip|tgz|tar|gz|whl|nupkg)|\/driver-bundle-[^/]*\.jar)$/i

/** Receives the files of an image and finds the browsers that it needs. */
export class BrowserSearch {
  private readonly found = new Set<string>()
  private hasPackage = false
  private isHidden = false

  /** Receives the absolute path of a file. Returns whether its text is needed, for `read`. */
  see(path: string, bytes: number): boolean {
    if (PACKAGE.test(path)) this.hasPackage = true
    if (PACKED.test(path) || (/\.(?:jar|war|ear)$/.test(path) && bytes > LARGE_JAR)) {
      this.isHidden = true
    }
    return path.endsWith('/browsers.json')
  }

  read(path: string, text: string): void {
    const names = browsersOf(text)
    if (names) names.forEach((name) => this.found.add(name))
    else if (/playwright/i.test(path)) this.isHidden = true
  }

  /** Names of the needed browsers; null if Playwright is installed but its browsers are unknown. */
  result(): readonly string[] | null {
    if (this.isHidden || (this.hasPackage && this.found.size === 0)) return null
    return [...this.found].sort()
  }
}

/** The browsers that one app or container needs from a cache. */
export interface BrowserNeed {
  /** Directories of the cache that it may use: '' and those of systems; null for any of them. */
  readonly rooms: readonly string[] | null
  /** Names; null if unknown. */
  readonly names: readonly string[] | null
}

/** Names needed in a directory of a cache (`''` for the cache itself); null for all. */
export function neededIn(needs: readonly BrowserNeed[], room: string): ReadonlySet<string> | null {
  const names = new Set<string>()
  for (const need of needs) {
    if (need.rooms && !need.rooms.includes(room)) continue
    if (need.names === null) return null
    need.names.forEach((name) => names.add(name))
  }
  return names
}
