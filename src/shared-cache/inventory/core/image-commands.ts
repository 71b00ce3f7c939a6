/** The parts of an image that show where its files are. */
export interface ImageStory {
  readonly workingDir: string
  /** Its entry point and command. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly bytes: number
  /** The commands that made it, newest first, as the Engine lists them. */
  readonly history: readonly string[]
}

/** Where people, buildpacks and package managers install programs that are not part of the system. */
const USUAL: readonly string[] = [
  ...['/app', '/workspace', '/layers', '/home', '/root', '/opt', '/srv', '/code', '/data'],
  ...['/usr/src', '/usr/local', '/usr/lib/node_modules', '/usr/share/nodejs', '/var/www'],
  ...['/usr/lib/python3/dist-packages', '/node_modules', '/venv', '/.venv', '/.playwright'],
]

/** Images up to this size, in bytes, are searched completely. */
const SMALL = 100_000_000

function resolve(from: string, path: string): string {
  const names: string[] = []
  for (const name of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return `/${names.join('/')}`
}

/** Absolute paths in a text of shell words. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[\s='":])(\/[\w@.+/-]+)/g)].map(([, path = '']) => path)
}

const parent = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/'

/** Directories to which the instructions of a history add files; includes `/` if one added to the root. */
function placesOfHistory(history: readonly string[]): readonly string[] {
  let current = '/'
  let isSystem = true
  const places: string[] = []
  for (const line of [...history].reverse()) {
    const [, word = '', rest = ''] =
      /^(?:\/bin\/sh -c )?(?:#\(nop\)\s+)?(WORKDIR|COPY|ADD|RUN)\s+(.*?)\s*(?:# buildkit)?$/s.exec(
        line,
      ) ?? []
    if (word === 'WORKDIR') current = resolve(current, rest)
    if (word === 'WORKDIR') places.push(current)
    if (word === 'COPY' || word === 'ADD') {
      const target = resolve(current, rest.split(/\s+/).at(-1) ?? '')
      // The first one adds the system.
      if (target !== '/' || !isSystem || word === 'COPY') places.push(target)
      isSystem = false
    }
    for (const [, to = ''] of line.matchAll(/(?:\bcd|--prefix|--target)[\s=]+([\w@.+/-]+)/g)) {
      places.push(resolve(current, to))
    }
  }
  return places
}

/**
 * Directories in which an image may have files that are not part of its system, without nested ones;
 * `/` if all of it must be searched.
 */
export function placesToSearch(image: ImageStory): readonly string[] {
  if (image.bytes <= SMALL) return ['/']
  const said = [image.command.join(' '), ...Object.values(image.env)].flatMap(pathsIn)
  const history = placesOfHistory(image.history)
  if (history.includes('/')) return ['/']
  const all = [
    ...USUAL,
    ...(image.workingDir ? [resolve('/', image.workingDir)] : []),
    ...said.flatMap((path) => [resolve('/', path), parent(resolve('/', path))]),
    ...history,
  ].filter((path) => !SYSTEM.has(path) && !path.startsWith('/etc/'))
  const places = [...new Set(all)].sort()
  return places.filter((path) => !places.some((other) => path.startsWith(`${other}/`)))
}

/** Directories of the system, which occur in PATH, shebangs and mounts. */
const SYSTEM: ReadonlySet<string> = new Set(
  '/ /bin /sbin /lib /lib64 /etc /usr /usr/bin /usr/sbin /usr/lib /usr/share /var /var/lib /tmp /run /dev /proc /sys /dev/null'.split(
    ' ',
  ),
)
