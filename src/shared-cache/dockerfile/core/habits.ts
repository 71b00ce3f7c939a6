import type { Instruction } from './parse'
import type { Rewriting } from './rewrite'
import type { Call } from '../../shell/core/call'
import { programName } from '../../shell/core/wrappers'

/** A habit that makes builds slower, with any cache. */
export interface Habit {
  readonly line: number
  readonly habit:
    /** An option or variable turns the cache off. */
    | 'no-cache'
    /** The cache is emptied in the step that fills it. */
    | 'cleans'
    /** Every change of the source installs everything again. */
    | 'copy-before-install'
    /** No file pins versions: the next install may want others than the cache holds. */
    | 'no-lock-file'
    /** A cache mount of no known package manager. */
    | 'unknown-mount'
    /** A program such as sudo starts the package manager without the variable that names the cache. */
    | 'no-variables'
  /** The words, the path or the file that it is about. */
  readonly what: string
}

interface Installer {
  readonly program: RegExp
  readonly words: RegExp
  /** The file that names the dependencies, and the files that can pin them. */
  readonly manifest: string
  readonly locks: readonly string[]
}

/** Commands that install the dependencies, and nothing of the source itself. */
const INSTALLERS: readonly Installer[] = [
  {
    program: /^npm$/,
    words: /^(?:ci|i|install)(?: -\S+)*$/,
    manifest: 'package.json',
    locks: ['package-lock.json', 'npm-shrinkwrap.json'],
  },
  {
    program: /^pnpm$/,
    words: /^(?:i|install)(?: -\S+)*$/,
    manifest: 'package.json',
    locks: ['pnpm-lock.yaml'],
  },
  {
    program: /^yarn$/,
    words: /^(?:install)?(?: ?-\S+)*$/,
    manifest: 'package.json',
    locks: ['yarn.lock'],
  },
  {
    program: /^pip[0-9.]*$/,
    words: /\binstall\b.* (?:-r|--requirement)/,
    manifest: 'requirements.txt',
    // It contains its own pins: there is no lock file.
    locks: ['requirements.txt'],
  },
  { program: /^uv$/, words: /^sync\b/, manifest: 'pyproject.toml', locks: ['uv.lock'] },
  {
    program: /^cargo$/,
    words: /^(?:\+\S+ )?(?:fetch|build)\b/,
    manifest: 'Cargo.toml',
    locks: ['Cargo.lock'],
  },
  {
    program: /^composer$/,
    words: /^install\b/,
    manifest: 'composer.json',
    locks: ['composer.lock'],
  },
  { program: /^go$/, words: /^mod download\b/, manifest: 'go.mod', locks: ['go.sum'] },
]

function installerOf({ words }: Call): Installer | undefined {
  const [first = '', ...rest] = words
  const module = /^python[0-9.]*$/.test(programName(first)) && rest[0] === '-m'
  const [program, args] = module ? [rest[1] ?? '', rest.slice(2)] : [programName(first), rest]
  return INSTALLERS.find((row) => row.program.test(program) && row.words.test(args.join(' ')))
}

function copiesEverything({ keyword, flags, args }: Instruction): boolean {
  if (keyword !== 'COPY' && keyword !== 'ADD') return false
  const source = args.split(/\s+/)[0] ?? ''
  return /^(?:\.|\.\/|\*)$/.test(source) && !flags.some((flag) => flag.name === 'from')
}

/** Installs after a copy of everything, where the same tool did not install before it. */
function copyBeforeInstall({ file, steps }: Rewriting): readonly Habit[] {
  const habits: Habit[] = []
  const planned = steps[Symbol.iterator]()
  let copied = false
  let installed = new Set<Installer>()
  for (const instruction of file.instructions) {
    if (instruction.keyword === 'FROM') {
      copied = false
      installed = new Set()
    }
    copied ||= copiesEverything(instruction)
    if (instruction.keyword !== 'RUN') continue
    const step = planned.next().value
    for (const call of step?.calls ?? []) {
      const installer = installerOf(call)
      // cargo compiles the source, so it has to come after it.
      if (!installer || installer.manifest === 'Cargo.toml') continue
      const what = call.words.join(' ')
      if (copied && !installed.has(installer)) {
        habits.push({ line: instruction.line, habit: 'copy-before-install', what })
      }
      installed.add(installer)
    }
  }
  return habits
}

function withoutLock({ steps }: Rewriting, files: ReadonlySet<string>): readonly Habit[] {
  return steps.flatMap(({ line, calls }) =>
    calls.flatMap((call) => {
      const installer = installerOf(call)
      if (!installer || !files.has(installer.manifest)) return []
      if (installer.locks.some((lock) => files.has(lock))) return []
      const what = installer.locks[0] ?? ''
      return [{ line, habit: 'no-lock-file' as const, what }]
    }),
  )
}

function inSteps({ steps, off }: Rewriting): readonly Habit[] {
  return steps.flatMap((step) => {
    const { line, withheld, bypassing, given, calls } = step
    const found = (habit: Habit['habit'], what: string): Habit => ({ line, habit, what })
    const stays = off || step.off ? [] : step.mounts.filter(({ why }) => why !== null)
    const cleared = given.length > 0 ? calls.find(({ clearedBy }) => clearedBy !== '') : undefined
    return [
      ...withheld.flatMap(({ why, what }) => {
        if (why === 'bypasses') return [found('no-cache', what)]
        return why === 'empties' ? [found('cleans', what)] : []
      }),
      ...bypassing.map((what) => found('no-cache', what)),
      ...(cleared ? [found('no-variables', cleared.clearedBy)] : []),
      ...stays.flatMap(({ target, cache }) =>
        cache === '' ? [found('unknown-mount', target)] : [],
      ),
    ]
  })
}

/**
 * The habits of a Dockerfile that make builds slower, in the order of its lines. `files` are the names
 * of the files beside it, which tell whether a lock file is missing.
 */
export function habitsOf(rewriting: Rewriting, files: ReadonlySet<string>): readonly Habit[] {
  return [
    ...inSteps(rewriting),
    ...copyBeforeInstall(rewriting),
    ...withoutLock(rewriting, files),
  ].sort((one, other) => one.line - other.line)
}
