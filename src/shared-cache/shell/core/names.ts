import type { CallPlace } from './call'
import { absolute } from './paths'
import type { Scope } from './walk'

/** What a step gives names to: variables, aliases, functions that change the directory. */
export class Names {
  readonly assigned = new Map<string, string[]>()
  /** Words of aliases. */
  readonly aliases = new Map<string, readonly string[]>()
  /** Directories after a call of a function, by its name. */
  private readonly functions = new Map<string, readonly (string | null)[]>()
  /** Every directory in which a command may have run: `cd -` returns to one of them. */
  private readonly visited = new Set<string | null>()
  private readonly place: CallPlace

  constructor(place: CallPlace) {
    this.place = place
    this.visited.add(place.workdir)
  }

  assign(name: string, values: readonly string[]): void {
    this.assigned.set(name, [...(this.assigned.get(name) ?? []), ...values])
  }

  /** A value that holds for the rest of a scope. */
  set(scope: Scope, name: string, value: string): void {
    this.assign(name, [value])
    scope.env.set(name, value)
  }

  /** `$1`, `$2`, `$@` and `$*`. */
  arguments(values: readonly string[], first = 1): void {
    values.forEach((value, at) => this.assign(String(at + first), [value]))
    this.assign('@', values)
  }

  /** `alias NAME='WORDS'` */
  alias(words: readonly string[]): void {
    for (const word of words) {
      const [, name, value = ''] = /^([\w.-]+)=([^]*)$/.exec(word) ?? []
      if (name !== undefined) this.aliases.set(name, value.trim().split(/\s+/))
    }
  }

  /** The words of `$NAME`, `"$@"` or `"${NAME[@]}"` where the step or the file sets them. */
  known(
    word: string,
    scope: Scope,
    env: Readonly<Record<string, string>>,
  ): readonly string[] | null {
    if (/^\$(?:[@*]|\{[@*]\})$/.test(word)) return this.assigned.get('@') ?? null
    const [, braced, bare] = /^\$(?:\{(\w+)(?:\[[@*\d]+\])?(?:@\w)?\}|(\w+))$/.exec(word) ?? []
    const name = braced ?? bare
    if (name === undefined) return null
    const own = Object.hasOwn(env, name) ? env[name] : undefined
    const value = own ?? scope.env.get(name) ?? this.place.variables.get(name)
    return value == null || value.trim() === '' || value.includes('$')
      ? null
      : value.trim().split(/\s+/)
  }

  isFunction(name: string): boolean {
    return this.functions.has(name)
  }

  /** `cd`, `pushd`, `popd`, and functions that call them. */
  changeDirectory(name: string, words: readonly string[], scope: Scope): void {
    const after = this.functions.get(name)
    if (after) scope.directories = new Set([...scope.directories, ...after])
    if (!/^(?:cd|pushd|popd|chdir)$/.test(name)) return
    const [to = name === 'popd' ? '-' : '$HOME'] = words
      .slice(1)
      .filter((word) => !/^(?:-[A-Za-z@]|[+-]\d)/.test(word) && word !== '--')
    const back = to === '-' || /^\$\{?OLDPWD\}?$/.test(to)
    scope.directories = new Set(
      back ? this.visited : [...scope.directories].map((from) => absolute(to, from)),
    )
    for (const directory of scope.directories) this.visited.add(directory)
  }

  /** A function and the scope at its end. */
  define(name: string, before: Scope, after: Scope): void {
    const changed = [...after.directories].filter((each) => !before.directories.has(each))
    this.functions.set(name, [...(this.functions.get(name) ?? []), ...changed])
  }
}
