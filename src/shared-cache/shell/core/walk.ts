import type {
  CommandNode,
  CompoundList,
  AndOr,
  Pipeline,
  Redirection,
  Script,
  Command,
} from 'unbash'
import { absolute } from './paths'
import { scriptsIn, wordsIn } from './syntax'

/** What holds at one place of a shell text. */
export class Scope {
  readonly env: Map<string, string>
  /** Where the next command may run; null for a directory that is not known. */
  directories: ReadonlySet<string | null>

  constructor(env: ReadonlyMap<string, string>, directories: ReadonlySet<string | null>) {
    this.env = new Map(env)
    this.directories = directories
  }

  /** A subshell: what it changes ends with it. */
  copy(): Scope {
    return new Scope(this.env, this.directories)
  }

  /** The scope of a program that a wrapper starts in another directory. */
  in(directory: string): Scope {
    const directories = [...this.directories].map((from) => absolute(directory, from))
    return new Scope(this.env, new Set(directories))
  }
}

/** A command, its redirections, and what it reads. */
export interface CommandVisit {
  /** Null for the redirections of a group or a loop. */
  readonly command: Command | null
  readonly redirections: readonly Redirection[]
  readonly scope: Scope
  /** Words and here-documents of the commands whose output it reads. */
  readonly input: readonly string[]
}

export interface ShellVisitor {
  command(visit: CommandVisit): void
  /** The values that a loop gives to its variable. */
  loop(name: string, values: readonly string[]): void
  /** The scope in front of a function, and at the end of its body. */
  function(name: string, before: Scope, after: Scope): void
}

type Node = Script | CompoundList | AndOr | Pipeline | CommandNode
type Of<Type extends Node['type']> = Extract<Node, { type: Type }>

/**
 * Visits the simple commands of a tree in the order in which a shell reads them, with every branch
 * taken. A directory that only one branch changes to is one of several possible directories after it.
 */
export function walk(
  node: Node,
  scope: Scope,
  visitor: ShellVisitor,
  input: readonly string[] = [],
): void {
  new Walk(scope, visitor, input).node(node)
}

class Walk {
  private readonly scope: Scope
  private readonly visitor: ShellVisitor
  private readonly input: readonly string[]

  constructor(scope: Scope, visitor: ShellVisitor, input: readonly string[]) {
    this.scope = scope
    this.visitor = visitor
    this.input = input
  }

  /** Recovery from a syntax error leaves nodes out. */
  node(node: Node | undefined): void {
    if (!node) return
    switch (node.type) {
      case 'Script':
      case 'CompoundList':
        return this.list(node)
      case 'AndOr':
        return this.andOr(node)
      case 'Pipeline':
        return this.pipeline(node)
      case 'BraceGroup':
        return this.node(node.body)
      case 'Function':
        return this.function(node)
      case 'Subshell':
      case 'Coproc':
        return walk(node.body, this.scope.copy(), this.visitor, this.input)
      case 'Redirected':
        return this.redirected(node)
      case 'TestCommand':
      case 'ArithmeticCommand':
        return this.substitutions(node)
      case 'Command':
        return this.command(node)
      case 'If':
      case 'For':
      case 'Select':
      case 'While':
      case 'ArithmeticFor':
      case 'Case':
        return this.branches(node)
    }
  }

  private list({ commands }: Of<'Script' | 'CompoundList'>): void {
    for (const { command, background } of commands) {
      const scope = background === true ? this.scope.copy() : this.scope
      walk(command, scope, this.visitor, this.input)
    }
  }

  private andOr({ commands, operators }: AndOr): void {
    commands.forEach((each, at) => {
      if (operators[at - 1] === '||') this.branch(each)
      else this.node(each)
    })
  }

  private pipeline({ commands }: Pipeline): void {
    if (commands.length === 1) return this.node(commands[0])
    commands.forEach((each, at) => {
      const read = [...this.input, ...wordsIn(commands.slice(0, at))]
      walk(each, this.scope.copy(), this.visitor, read)
    })
  }

  private function({ name, body }: Of<'Function'>): void {
    const after = this.scope.copy()
    walk(body, after, this.visitor, this.input)
    this.visitor.function(name.value, this.scope, after)
  }

  private branches(node: Of<'If' | 'For' | 'Select' | 'While' | 'ArithmeticFor' | 'Case'>): void {
    switch (node.type) {
      case 'If':
        this.node(node.clause)
        for (const { clause, then } of [{ clause: undefined, then: node.then }, ...node.elif]) {
          this.branch(clause)
          this.branch(then)
        }
        return this.branch(node.else)
      case 'For':
      case 'Select': {
        const { name, wordlist, body } = node
        this.substitutions(wordlist)
        this.visitor.loop(
          name.value,
          // Without a list, the arguments.
          wordlist?.map(({ value }) => value) ?? ['$@'],
        )
        return this.branch(body)
      }
      case 'While':
        this.branch(node.clause)
        return this.branch(node.body)
      case 'ArithmeticFor':
        this.substitutions([node.initialize, node.test, node.update])
        return this.branch(node.body)
      case 'Case':
        this.substitutions(node.word)
        for (const { body } of node.items) this.branch(body)
    }
  }

  private redirected({ command, redirects }: Of<'Redirected'>): void {
    const { scope, visitor, input } = this
    this.substitutions(redirects)
    visitor.command({ command: null, redirections: redirects, scope, input })
    walk(command, scope, visitor, [...input, ...wordsIn(redirects)])
  }

  private command(command: Command): void {
    const { scope, visitor, input } = this
    this.substitutions(command)
    const redirections = [...command.prefix, ...command.suffix].filter(
      (each): each is Redirection => each.type !== 'Word' && each.type !== 'Assignment',
    )
    visitor.command({ command, redirections, scope, input })
  }

  /** Commands in the words of a node. */
  private substitutions(node: unknown): void {
    for (const script of scriptsIn(node)) walk(script, this.scope.copy(), this.visitor)
  }

  /** One of several branches: what it changes may or may not hold after it. */
  private branch(node: Node | undefined): void {
    const before = this.scope.directories
    this.node(node)
    this.scope.directories = new Set([...before, ...this.scope.directories])
  }
}
