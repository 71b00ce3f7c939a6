import type { ArrayValue, Assignment, Redirection, Word } from 'unbash'
import { execWords, type Instruction } from '../parse'
import { absolute } from './paths'
import { parseShell } from './syntax'
import { type CommandVisit, Scope, walk } from './walk'
import { clearsEnvironment, programName, withoutWrapper } from './wrappers'

/** One program that a step calls: its words without wrappers such as sudo. */
export interface Call {
  readonly words: readonly string[]
  /** `NAME=value` in front of it, or set before it in the step. */
  readonly env: Readonly<Record<string, string>>
  /** Where it may run; null for a directory that is not known. */
  readonly directories: readonly (string | null)[]
  /** Files that redirections write. */
  readonly writes: readonly string[]
  /** Texts that it reads from here-documents. */
  readonly documents: readonly string[]
  /** The wrapper that starts it without the variables of the step; '' for none. */
  readonly clearedBy: string
  /** Whether it is called for the files below the directories that it names, as find does. */
  readonly recursive: boolean
  /** Whether it runs is not certain: a text that another program may run. */
  readonly uncertain: boolean
}

/** What a step calls. */
export interface StepCalls {
  readonly calls: readonly Call[]
  /** Values that the step gives to shell variables, anywhere in it. */
  readonly assigned: ReadonlyMap<string, readonly string[]>
  /** Why its text could not be read; null where it could. */
  readonly unclear: string | null
}

/** Where a step runs. */
export interface CallPlace {
  /** Whether a known shell reads the shell form. */
  readonly shell: boolean
  /** The WORKDIR; null where it is not known. */
  readonly workdir: string | null
  readonly variables: ReadonlyMap<string, string | null>
}

const SHELL_NAME = /^(?:ba|da|a|z|k|mk)?sh$/
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)\+?=([\s\S]*)$/
const DECLARES = /^(?:export|declare|typeset|local|readonly)$/
const PREFIX = /^(?:exec|command|builtin)$/

/** Texts inside of texts: more than a person writes. */
const DEEPEST = 8

/** Programs that do not call other programs in a build. */
const LONE = new Set(
  (
    'apk apt apt-get dnf microdnf yum dpkg cat cd chmod chown chgrp cp curl cut date df echo find getent git grep ' +
    'groupadd addgroup adduser useradd usermod gunzip gzip head id install ldconfig ln ls mkdir mktemp mv printf ' +
    'pwd rm rmdir sed set sha256sum sleep sort stat strip tail tar tee test touch tr true unzip upx wget xz [ : exit'
  ).split(' '),
)

/** Whether one of these may call a tool that the step does not name: a make, a script. */
export function mayCall(calls: readonly Call[], tool: RegExp): boolean {
  const names = calls
    .filter(({ uncertain }) => !uncertain)
    .map(({ words }) => programName(words[0] ?? ''))
  return names.some((name) => !LONE.has(name) && !tool.test(name))
}

function valueText(value: Word | ArrayValue): string {
  return value.type === 'Word' ? value.value : value.elements.map((word) => word.value).join(' ')
}

function writtenFiles(redirections: readonly Redirection[]): readonly string[] {
  return redirections.flatMap((each) =>
    each.type === 'Redirect' && /^(?:&?>>?|>\||<>|>&)$/.test(each.operator) && each.target
      ? [each.target.value]
      : [],
  )
}

/** Texts that a command reads from here-documents and here-strings. */
function documentsOf(redirections: readonly Redirection[]): readonly string[] {
  return redirections.flatMap((each) => {
    if (each.type === 'HereDoc') return [each.body.text]
    return each.type === 'HereString' && each.target ? [each.target.value] : []
  })
}

/** The text after `-c` of a shell or of `su`, and the arguments of that text. */
function shellText(words: readonly string[]): { text: string; args: readonly string[] } | null {
  const name = programName(words[0] ?? '')
  if (!SHELL_NAME.test(name) && name !== 'su' && name !== 'runuser' && name !== 'script')
    return null
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word) || word === '--command')
  const joined = words.find((word) => word.startsWith('--command='))
  if (joined !== undefined) return { text: joined.slice('--command='.length), args: [] }
  const text = words[at + 1]
  return at === -1 || text === undefined ? null : { text, args: words.slice(at + 2) }
}

/** The commands after `-exec` and its like, with the directories that find searches for `{}`. */
function findCommands(words: readonly string[]): readonly (readonly string[])[] {
  const first = words.findIndex((word, at) => at > 0 && /^[-(!]/.test(word))
  const roots = words.slice(1, first === -1 ? undefined : first)
  return words.flatMap((word, at) => {
    if (!/^-(?:exec|execdir|ok|okdir)$/.test(word)) return []
    const rest = words.slice(at + 1)
    const end = rest.findIndex((each) => each === ';' || each === '+')
    const command = end === -1 ? rest : rest.slice(0, end)
    return [
      command.flatMap((each) => (each === '{}' ? (roots.length > 0 ? roots : ['.']) : [each])),
    ]
  })
}

/** Reads the calls of one step. */
class CallReader {
  readonly calls: Call[] = []
  readonly assigned = new Map<string, string[]>()
  unclear: string | null = null
  private depth = 0
  private uncertain = false
  private started = false
  private readonly place: CallPlace

  constructor(place: CallPlace) {
    this.place = place
  }

  start(): Scope {
    return new Scope(new Map(), new Set([this.place.workdir]))
  }

  /** A text that a shell runs. An error in a text that may never run says nothing about the step. */
  text(text: string, scope: Scope, input: readonly string[] = []): void {
    if (this.depth >= DEEPEST) {
      this.unclear ??= 'commands are nested too deeply'
      return
    }
    const { script, error } = parseShell(text)
    if (error !== null && !this.uncertain) this.unclear ??= error
    const { started } = this
    this.started = false
    this.depth++
    walk(
      script,
      scope,
      {
        command: (visit) => this.command(visit),
        loop: (name, values) => this.assign(name, values),
      },
      input,
    )
    this.depth--
    this.started = started
  }

  /** A script, which its first line gives to a program. */
  script(content: string, scope: Scope): void {
    const program = interpreterOf(content)
    if (SHELL_NAME.test(program)) this.text(content, scope)
    else this.words([program], scope, { documents: [content] })
  }

  /** The words of a program, with wrappers. */
  words(
    words: readonly string[],
    scope: Scope,
    more: Partial<Pick<Program, 'input' | 'documents' | 'recursive'>> = {},
  ): void {
    const { input = [], documents = [], recursive = false } = more
    const start = { words, env: {}, scope, writes: [], clearedBy: '' }
    this.program({ ...start, input, documents, recursive })
  }

  private assign(name: string, values: readonly string[]): void {
    this.assigned.set(name, [...(this.assigned.get(name) ?? []), ...values])
  }

  private set(scope: Scope, name: string, value: string): void {
    this.assign(name, [value])
    scope.env.set(name, value)
  }

  private command({ command, redirections, scope, input }: CommandVisit): void {
    const writes = writtenFiles(redirections)
    const assignments = (command?.prefix ?? []).filter(
      (each): each is Assignment => each.type === 'Assignment',
    )
    const env = Object.fromEntries(assignments.map(({ name, value }) => [name, valueText(value)]))
    const documents = documentsOf(redirections)
    const start = { env, scope, writes, documents, input, clearedBy: '', recursive: false }
    if (!command?.name) {
      // Without a program, an assignment holds for the rest of the step.
      for (const [name, value] of Object.entries(env)) this.set(scope, name, value)
      if (writes.length > 0) this.add({ ...start, words: [':'] })
      return
    }
    const args = command.suffix.flatMap((each) => {
      if (each.type === 'Word') return [each.value]
      return each.type === 'Assignment' ? [`${each.name}=${valueText(each.value)}`] : []
    })
    for (const [name, value] of Object.entries(env)) this.assign(name, [value])
    this.program({ ...start, words: [command.name.value, ...args] })
  }

  private add({ words, scope, env, writes, documents, clearedBy, recursive }: Program): void {
    this.calls.push({
      words,
      env: { ...Object.fromEntries(scope.env), ...env },
      directories: [...scope.directories],
      writes,
      documents,
      clearedBy,
      recursive,
      uncertain: this.uncertain,
    })
  }

  /** A program and what it starts. */
  private program(start: Program): void {
    const program = this.unwrapped(start)
    const { words, scope, env } = program
    const [first] = words
    if (first === undefined) return
    const name = programName(first)
    const inner = new Scope(new Map([...scope.env, ...Object.entries(env)]), scope.directories)
    if (DECLARES.test(name)) {
      for (const word of words.slice(1)) {
        const [, variable, value = ''] = ASSIGNMENT.exec(word) ?? []
        if (variable !== undefined) this.set(scope, variable, value)
      }
      return
    }
    if (name === 'eval') return this.text(words.slice(1).join(' '), scope)
    const shell = shellText(words)
    if (shell) {
      shell.args.forEach((value, at) => this.assign(String(at), [value]))
      this.assign('@', shell.args)
      return this.text(shell.text, inner)
    }
    this.add(program)
    this.changeDirectory(name, words, scope)
    if (/^(?:read|mapfile|readarray)$/.test(name)) {
      for (const word of words.slice(1)) this.assign(word, program.input)
    }
    if (name === 'find')
      for (const command of findCommands(words)) {
        this.words(command, inner.copy(), { recursive: true })
      }
    this.readsText(name, program, inner)
    this.mayStart(name, program, inner)
  }

  /** What is left without wrappers and the variables in front of it. */
  private unwrapped(start: Program): Program {
    let { words, clearedBy, recursive } = start
    const env: Record<string, string> = { ...start.env }
    for (;;) {
      const [first = ''] = words
      const [, name, value = ''] = ASSIGNMENT.exec(first) ?? []
      const known = this.known(first, start.scope, env)
      const wrapper = programName(first)
      const rest = wrapper === 'runuser' && !isWithUser(words) ? null : withoutWrapper(words)
      if (name !== undefined) {
        env[name] = value
        this.assign(name, [value])
        words = words.slice(1)
      } else if (PREFIX.test(first)) {
        words = words.slice(words[1] === '-a' ? 3 : 1).filter((word, at) => at > 0 || word !== '-p')
      } else if (known !== null) words = [...known, ...words.slice(1)]
      else if (rest) {
        if (clearsEnvironment(words.slice(0, words.length - rest.length))) clearedBy = wrapper
        const [text = '', ...more] = rest
        // env -S 'npm ci' splits its argument.
        words = wrapper === 'env' && text.includes(' ') ? [...text.split(/\s+/), ...more] : rest
        if (wrapper === 'xargs' || wrapper === 'parallel') {
          words = [...words, ...start.input]
          recursive = true
        }
      } else break
    }
    if (programName(words[0] ?? '') === 'su' && clearsEnvironment(words)) clearedBy = 'su'
    return { ...start, words, env, clearedBy, recursive }
  }

  /** The words of `$NAME` where the step or the file sets it. */
  private known(
    word: string,
    scope: Scope,
    env: Readonly<Record<string, string>>,
  ): readonly string[] | null {
    const [, name] = /^\$\{?(\w+)\}?$/.exec(word) ?? []
    if (name === undefined) return null
    const value = env[name] ?? scope.env.get(name) ?? this.place.variables.get(name)
    return value == null || value.trim() === '' || value.includes('$')
      ? null
      : value.trim().split(/\s+/)
  }

  private changeDirectory(name: string, words: readonly string[], scope: Scope): void {
    if (name === 'popd') scope.directories = new Set([null])
    if (name !== 'cd' && name !== 'pushd' && name !== 'chdir') return
    const [to = '$HOME'] = words
      .slice(1)
      .filter((word) => !/^-[A-Za-z@]/.test(word) && word !== '--')
    scope.directories = new Set(
      to === '-' ? [null] : [...scope.directories].map((from) => absolute(to, from)),
    )
  }

  /** A shell that reads its commands from a document or from the commands before it. */
  private readsText(name: string, { words, documents, input }: Program, scope: Scope): void {
    const plain = words.slice(1).every((word) => word.startsWith('-'))
    if ((SHELL_NAME.test(name) && plain) || name === 'su' || name === 'runuser') {
      for (const text of documents) this.text(text, scope.copy())
      if (documents.length === 0) this.perhaps(() => this.texts(input, scope))
    } else this.perhaps(() => this.texts(documents, scope))
  }

  /** Programs that a program may start: after `--`, or named in its words or texts. */
  private mayStart(name: string, { words, input }: Program, scope: Scope): void {
    if (LONE.has(name)) return
    const rest = words.slice(1)
    this.perhaps(() => {
      this.texts(rest, scope)
      // Each of its words was looked at already where this is one of them.
      if (this.started) return
      this.started = true
      rest.forEach((word, at) => {
        const follows = rest[at - 1] === '--' || STARTED.test(programName(word))
        if (follows) this.words(rest.slice(at), scope.copy(), { input })
      })
      this.started = false
    })
  }

  private texts(texts: readonly string[], scope: Scope): void {
    for (const text of texts) if (/\s/.test(text.trim())) this.text(text, scope.copy())
  }

  /** Calls that may not happen. */
  private perhaps(read: () => void): void {
    const before = this.uncertain
    this.uncertain = true
    read()
    this.uncertain = before
  }
}

/** Programs whose calls matter where an unknown program is given them as words: `retry 3 npm ci`. */
const STARTED =
  /^(?:rm|rmdir|unlink|shred|find|chown|chmod|chgrp|mv|cp|sed|sh|bash|npm|npx|pip[0-9.]*|uv|uvx|cargo|pnpm|yarn|bun|go|composer)$/

interface Program {
  readonly words: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly scope: Scope
  readonly writes: readonly string[]
  readonly documents: readonly string[]
  readonly input: readonly string[]
  readonly clearedBy: string
  readonly recursive: boolean
}

function isWithUser(words: readonly string[]): boolean {
  return words.some((word) => /^(?:-u|--user(?:=.*)?)$/.test(word))
}

/** The program that the first line of a script names; `sh` without one. */
function interpreterOf(content: string): string {
  const [, interpreter = 'sh'] = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(content) ?? []
  return programName(interpreter)
}

/**
 * The programs that a RUN instruction calls, as far as its text shows them. Nothing is run. All branches
 * count as taken.
 */
export function callsIn(instruction: Instruction, place: CallPlace): StepCalls {
  const reader = new CallReader(place)
  const exec = execWords(instruction.args)
  const { heredocs } = instruction
  if (exec) reader.words(exec, reader.start())
  else if (place.shell) {
    const documents = heredocs.map(({ name, content }) => `\n${content}\n${name}`).join('')
    const scope = reader.start()
    const own = /^\d*<<-?\s*['"]?\w+['"]?\s*$/.test(instruction.args)
    if (!own) reader.text(instruction.args + documents, scope)
    // BuildKit runs a heredoc without a command as a script.
    else for (const { content } of heredocs) reader.script(content, scope)
  }
  return { calls: reader.calls, assigned: reader.assigned, unclear: reader.unclear }
}
