/**
 * Which browsers of Playwright somebody needs. A package of Playwright, in whatever language, brings a
 * file `browsers.json` that names its browsers and their revisions; a browser that is missing is not
 * fetched when an app runs.
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

/** Such as `webkit_debian11_x64_special` and `chromium`: no name of a browser has a dash. */
function namesOf({ name, revision, revisionOverrides = {} }: Described): readonly string[] {
  // No container is a Mac.
  const overrides = Object.entries(revisionOverrides).filter(
    ([platform]) => !/^(?:mac|win)/.test(platform),
  )
  // 1.49 to 1.51 install headless shells that their file does not name.
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
 * Names of the directories that a `browsers.json` stands for, such as `chromium-1187`; some systems
 * have revisions of their own, `webkit_debian11_x64_special-2105`. Null for what is no such file.
 * Source: how Playwright's registry names a directory (`readDescriptors`), 1.55.
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

/** Whether a directory of the cache is of a browser; ffmpeg and the like come along with one. */
export function isBrowser(name: string): boolean {
  return /^(?:chromium|firefox|webkit)[-_]/.test(name)
}

/** Longer than any `browsers.json`, in bytes. */
export const BROWSERS_BYTES = 1_000_000

/** A jar that may hold all of Playwright for Java, which has node in it for five systems: in bytes. */
const LARGE_JAR = 100_000_000

const PACKAGE =
  /\/(?:(?:node_modules|site-packages|dist-packages)\/(?:@playwright\/test|playwright(?:-core|-chromium|-firefox|-webkit)?)\/|Microsoft\.Playwright\.dll$)/
const PACKED =
  /(?:playwright[^/]*\.(?:jar|war|zip|tgz|tar|gz|whl|nupkg)|\/driver-bundle-[^/]*\.jar)$/i

/** Takes the files of an image, and tells which browsers it needs. */
export class BrowserSearch {
  private readonly found = new Set<string>()
  private hasPackage = false
  private isHidden = false

  /** Takes a file by its absolute path. Gives back whether its text has to be read, for `read`. */
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

  /** Names of what is needed; null where Playwright is there and does not tell. */
  result(): readonly string[] | null {
    if (this.isHidden || (this.hasPackage && this.found.size === 0)) return null
    return [...this.found].sort()
  }
}

/** What one app, or one container, needs of the browsers in a cache. */
export interface BrowserNeed {
  /** Directories of the cache that it may see: '' and those of systems; null for any of them. */
  readonly rooms: readonly string[] | null
  /** Names; null where that cannot be told. */
  readonly names: readonly string[] | null
}

/** Names that are needed in a directory of a cache (`''` for the cache itself); null for all. */
export function neededIn(needs: readonly BrowserNeed[], room: string): ReadonlySet<string> | null {
  const names = new Set<string>()
  for (const need of needs) {
    if (need.rooms && !need.rooms.includes(room)) continue
    if (need.names === null) return null
    need.names.forEach((name) => names.add(name))
  }
  return names
}
