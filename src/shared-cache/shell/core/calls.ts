import type { Assignment } from 'unbash'
import { type Call, LONE, type CallPlace, type StepCalls } from './call'
import { Names } from './names'
import { type Program, STARTED } from './program'
import { parseShell, wordsOfScripts } from './syntax'
import { type CommandVisit, Scope, walk } from './walk'
import {
  documentsOf,
  findCommands,
  interpreterOf,
  SHELL_NAME,
  shellText,
  valueText,
  writtenFiles,
} from './words'
import { unwrapped } from './wrapped'
import { clearsEnvironment, programName } from './wrappers'

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)\+?=([\s\S]*)$/
const DECLARES = /^(?:export|declare|typeset|local|readonly)$/
const PREFIX = /^(?:exec|command|builtin)$/

/** Texts inside of texts: more than a person writes. */
const DEEPEST = 8

/** Reads the calls of one step. */
class CallReader {
  readonly calls: Call[] = []
  readonly names: Names
  unclear: string | null = null
  private depth = 0
  private uncertain = false
  private started = false
  private readonly workdir: string | null

  constructor(place: CallPlace) {
    this.workdir = place.workdir
    this.names = new Names(place)
  }

  start(): Scope {
    return new Scope(new Map(), new Set([this.workdir]))
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
        loop: (name, values) => this.names.assign(name, values),
        function: (name, before, after) => this.names.define(name, before, after),
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
    const start = { words, env: {}, scope, writes: [], clearedBy: '', fromInput: false }
    this.program({ ...start, input, documents, recursive })
  }

  private command({ command, redirections, scope, input }: CommandVisit): void {
    const writes = writtenFiles(redirections)
    const assignments = (command?.prefix ?? []).filter(
      (each): each is Assignment => each.type === 'Assignment',
    )
    const env = Object.fromEntries(assignments.map(({ name, value }) => [name, valueText(value)]))
    const documents = documentsOf(redirections)
    const start = {
      ...{ env, scope, writes, documents, input },
      ...{ clearedBy: '', recursive: false, fromInput: false },
    }
    if (!command?.name) {
      // Without a program, an assignment holds for the rest of the step.
      for (const [name, value] of Object.entries(env)) this.names.set(scope, name, value)
      if (writes.length > 0) this.add({ ...start, words: [':'] })
      return
    }
    const args = command.suffix.flatMap((each) => {
      if (each.type === 'Word') return [each.value]
      return each.type === 'Assignment' ? [`${each.name}=${valueText(each.value)}`] : []
    })
    for (const [name, value] of Object.entries(env)) this.names.assign(name, [value])
    this.program({ ...start, words: [command.name.value, ...args] })
  }

  private add({
    words,
    scope,
    env,
    writes,
    documents,
    clearedBy,
    recursive,
    fromInput,
  }: Program): void {
    this.calls.push({
      words,
      env: { ...Object.fromEntries(scope.env), ...env },
      directories: [...scope.directories],
      writes,
      documents,
      clearedBy,
      recursive,
      fromInput,
      uncertain: this.uncertain,
    })
  }

  /** A program and what it starts. */
  private program(start: Program): void {
    // A line of a makefile begins with `@` or `-`.
    const plain = start.words.map((word, at) =>
      at === 0 ? word.replace(/^[@-]+(?=\w)/, '') : word,
    )
    const program = this.unwrapped({ ...start, words: this.uncertain ? plain : start.words })
    const { words, scope, env } = program
    const [first] = words
    if (first === undefined) {
      if (program.writes.length > 0) this.add({ ...program, words: [':'] })
      return
    }
    const name = programName(first)
    const inner = new Scope(new Map([...scope.env, ...Object.entries(env)]), scope.directories)
    if (DECLARES.test(name)) {
      for (const word of words.slice(1)) {
        const [, variable, value = ''] = ASSIGNMENT.exec(word) ?? []
        if (variable !== undefined) this.names.set(scope, variable, value)
      }
      return
    }
    // For each program an empty value means what an unset one means.
    if (name === 'unset')
      for (const word of words.slice(1)) if (/^\w/.test(word)) this.names.set(scope, word, '')
    if (name === 'eval') return this.text(words.slice(1).join(' '), scope)
    const shell = shellText(words)
    if (shell) {
      this.names.arguments(shell.args, 0)
      this.text(shell.text, inner)
      return this.perhaps(() => this.texts(wordsOfScripts(shell.text), inner))
    }
    this.add(program)
    this.names.changeDirectory(name, words, scope)
    this.setsNames(name, program)
    if (name === 'find')
      for (const command of findCommands(words)) {
        this.words(command, inner.copy(), { recursive: true })
      }
    this.readsText(name, program, inner)
    this.mayStart(name, program, inner)
  }

  /** What is left without wrappers and the variables in front of it. */
  private unwrapped(start: Program): Program {
    let { words, clearedBy, recursive, fromInput, scope } = start
    const aliases = new Map(this.names.aliases)
    const env: Record<string, string> = { ...start.env }
    for (;;) {
      const [first = ''] = words
      const [, name, value = ''] = ASSIGNMENT.exec(first) ?? []
      const known = this.names.known(first, start.scope, env)
      const wrapper = programName(first)
      const alias = aliases.get(first)
      const inner = unwrapped(words, start.input)
      if (name !== undefined) {
        env[name] = value
        this.names.assign(name, [value])
        words = words.slice(1)
      } else if (PREFIX.test(first)) {
        words = words.slice(words[1] === '-a' ? 3 : 1).filter((word, at) => at > 0 || word !== '-p')
      } else if (known !== null) words = [...known, ...words.slice(1)]
      else if (alias !== undefined) {
        aliases.delete(first)
        words = [...alias, ...words.slice(1)]
      } else if (inner) {
        if (inner.clears) clearedBy = wrapper
        for (const name of inner.unset) env[name] = ''
        if (inner.directory !== null) scope = scope.in(inner.directory)
        fromInput ||= inner.fromInput
        recursive ||= inner.fromInput
        words = inner.words
      } else break
    }
    if (programName(words[0] ?? '') === 'su' && clearsEnvironment(words)) clearedBy = 'su'
    return { ...start, words, env, clearedBy, recursive, fromInput, scope }
  }

  /** Builtins that give names to words. */
  private setsNames(name: string, { words, input }: Program): void {
    const args = words.slice(1)
    if (/^(?:read|mapfile|readarray)$/.test(name))
      for (const word of args) this.names.assign(word, input)
    if (name === 'alias') this.names.alias(args)
    const at = args.indexOf('--')
    if (name === 'set' && (at !== -1 || !/^[-+]/.test(args[0] ?? '-')))
      this.names.arguments(args.slice(at + 1))
    if (this.names.isFunction(name)) this.names.arguments(args)
  }

  /** A shell that reads its commands from a document or from the commands before it. */
  private readsText(
    name: string,
    { words, documents, input, writes }: Program,
    scope: Scope,
  ): void {
    const plain = words.slice(1).every((word) => word.startsWith('-'))
    if ((SHELL_NAME.test(name) && plain) || name === 'su' || name === 'runuser') {
      for (const text of documents) this.text(text, scope.copy())
      const read = input.flatMap((word) => this.names.known(word, scope, {})?.join(' ') ?? word)
      if (documents.length === 0) this.perhaps(() => this.texts(read, scope))
    } else this.perhaps(() => this.texts(documents, scope))
    // Another call may run what these write to a file.
    const written = name === 'tee' ? input : writes.length > 0 ? words.slice(1) : []
    const lines = written.map((word) => word.replace(/\\n/g, '\n'))
    if (/^(?:echo|printf|tee)$/.test(name)) this.perhaps(() => this.texts(lines, scope))
  }

  /** Programs that a program may start: after `--`, or named in its words or texts. */
  private mayStart(name: string, { words, input, env }: Program, scope: Scope): void {
    if (LONE.has(name)) return
    const rest = words.slice(1)
    this.perhaps(() => {
      this.texts([...rest, ...Object.values(env)], scope)
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

/** A step in one of its forms. */
export type StepText =
  /** The exec form: one program without a shell. */
  | { readonly words: readonly string[] }
  /** A text that a shell reads. */
  | { readonly text: string }
  /** Scripts that their first lines give to a program. */
  | { readonly scripts: readonly string[] }

/**
 * The programs that a step calls, as far as its text shows them. Nothing is run. All branches count as
 * taken.
 */
export function readCalls(step: StepText, place: CallPlace): StepCalls {
  const reader = new CallReader(place)
  const scope = reader.start()
  if ('words' in step) reader.words(step.words, scope)
  else if ('text' in step) reader.text(step.text, scope)
  else for (const script of step.scripts) reader.script(script, scope)
  return { calls: reader.calls, assigned: reader.names.assigned, unclear: reader.unclear }
}
