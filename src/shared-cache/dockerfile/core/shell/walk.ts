import type {
  AndOr,
  ArithmeticFor,
  Case,
  Command,
  CommandNode,
  CompoundList,
  For,
  Function,
  If,
  Pipeline,
  Redirection,
  Script,
  Select,
  While,
} from 'unbash'
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
}

/** A command, the redirections around it, and what it reads. */
export interface CommandVisit {
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
}

type Node =
  | Script
  | CompoundList
  | AndOr
  | Pipeline
  | CommandNode
  /** What recovery from an error leaves. */
  | undefined

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
  const inside = (inner: unknown, within = scope) => {
    for (const script of scriptsIn(inner)) walk(script, within.copy(), visitor)
  }
  /** One of several branches: what it changes may or may not hold after it. */
  const branch = (list: Node) => {
    const before = scope.directories
    walk(list, scope, visitor, input)
    scope.directories = new Set([...before, ...scope.directories])
  }
  const loop = ({ name, wordlist = [], body }: For | Select) => {
    inside(wordlist)
    visitor.loop(
      name.value,
      wordlist.map(({ value }) => value),
    )
    branch(body)
  }
  const andOr = ({ commands, operators }: AndOr) =>
    commands.forEach((each, at) => {
      if (operators[at - 1] === '||') branch(each)
      else walk(each, scope, visitor, input)
    })
  const pipeline = ({ commands }: Pipeline) => {
    const [only] = commands
    if (commands.length === 1) walk(only, scope, visitor, input)
    else
      commands.forEach((each, at) => {
        const read = [...input, ...wordsIn(commands.slice(0, at))]
        walk(each, scope.copy(), visitor, read)
      })
  }
  const ifElse = ({ clause, then, elif, else: otherwise }: If) => {
    walk(clause, scope, visitor, input)
    branch(then)
    for (const each of elif) {
      branch(each.clause)
      branch(each.then)
    }
    branch(otherwise)
  }
  const whileLoop = ({ clause, body }: While) => {
    branch(clause)
    branch(body)
  }
  const forLoop = ({ initialize, test, update, body }: ArithmeticFor) => {
    inside([initialize, test, update])
    branch(body)
  }
  const caseOf = ({ word, items }: Case) => {
    inside(word)
    for (const { body } of items) branch(body)
  }

  switch (node?.type) {
    case undefined:
      return
    case 'Script':
    case 'CompoundList':
      for (const { command, background } of node.commands) {
        walk(command, background === true ? scope.copy() : scope, visitor, input)
      }
      return
    case 'AndOr':
      return andOr(node)
    case 'Pipeline':
      return pipeline(node)
    case 'If':
      return ifElse(node)
    case 'For':
    case 'Select':
      return loop(node)
    case 'While':
      return whileLoop(node)
    case 'ArithmeticFor':
      return forLoop(node)
    case 'Case':
      return caseOf(node)
    case 'BraceGroup':
      return walk(node.body, scope, visitor, input)
    case 'Subshell':
    case 'Coproc':
      return walk(node.body, scope.copy(), visitor, input)
    case 'Function':
      return walk((node as Function).body, scope.copy(), visitor, input)
    case 'Redirected':
      inside(node.redirects)
      visitor.command({ command: null, redirections: node.redirects, scope, input })
      return walk(node.command, scope, visitor, [...input, ...wordsIn(node.redirects)])
    case 'TestCommand':
    case 'ArithmeticCommand':
      return inside(node)
    case 'Command':
      inside(node)
      return visitor.command({
        command: node,
        redirections: [...node.prefix, ...node.suffix].filter(
          (each): each is Redirection => each.type !== 'Word' && each.type !== 'Assignment',
        ),
        scope,
        input,
      })
  }
}
