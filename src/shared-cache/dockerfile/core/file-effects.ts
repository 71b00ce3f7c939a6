import type { CacheSpec } from '../../catalogue/core/cache-spec'
import { isHomeOf, isInside, type Relation, relationTo } from './cache-locations'
import type { Call, StepCalls } from '../../shell/core/call'
import { absolute } from '../../shell/core/paths'
import { settled, valuesOf } from '../../shell/core/values'
import { searchedPaths } from '../../shell/core/words'
import { programName } from '../../shell/core/wrappers'
import { judge } from './judge'
import { archiveUse, isInterpreter } from './operands'
import { type Variables, expand } from './variables'
import type { BuildTool } from './build-tool'

/** What a call does with the files of a path. */
export type FileEffect =
  /** Removes them. */
  | 'removes'
  /** Changes them, their owner or their mode, or adds other files. */
  | 'changes'
  /** Puts them into the image. */
  | 'takes'

interface FileUse {
  readonly effect: FileEffect
  readonly path: string
  /** Whether it goes into the directory below. */
  readonly deep: boolean
}

const REMOVERS = /^(?:rm|rmdir|unlink|shred|srm|trash)$/
const OWNERS = /^(?:chown|chgrp|chmod|setfacl|chattr)$/
const COPIERS = /^(?:cp|rsync|install|scp)$/
const RECURSIVE = /^(?:-[a-zA-Z]*[rRa][a-zA-Z]*|--recursive|--archive)$/

/** Programs that only read, or create directories. What they print is not looked at. */
const READERS = new Set(
  (
    'ls du cat stat test [ echo printf mkdir cd pushd popd head tail wc grep df tree file realpath readlink dirname ' +
    'basename which env printenv date sha256sum md5sum sort tr true false : exit set pwd find umask sleep read'
  ).split(' '),
)

const isOption = (word: string) => word.startsWith('-')

function valueAfter(args: readonly string[], option: string): string | undefined {
  const at = args.indexOf(option)
  return at === -1 ? undefined : args[at + 1]
}

/** Paths that a call gives to a program as words of their own. */
function fileUses({ words, writes, recursive, fromInput }: Call): readonly FileUse[] {
  const name = programName(words[0] ?? '')
  const args = words.slice(1)
  const operands = args.filter((word) => word !== '' && !isOption(word))
  const deep = recursive || args.some((word) => RECURSIVE.test(word))
  const uses = (effect: FileEffect, paths: readonly string[], into: boolean): readonly FileUse[] =>
    paths.map((path) => ({ effect, path, deep: into }))
  const own = (): readonly FileUse[] => {
    // What it reads may be names of files where it runs.
    const given = fromInput ? [...operands, '.'] : operands
    if (REMOVERS.test(name)) return uses('removes', given, true)
    if (OWNERS.test(name)) return uses('changes', given, deep)
    // Through a link, later words name the files by another path.
    if (name === 'mv' || name === 'ln') return uses('changes', given, true)
    const archive = archiveUse(name, args)
    if (archive)
      return [...uses('takes', archive.taken, true), ...uses('changes', archive.into, false)]
    if (name === 'git' && args.includes('clean'))
      return uses('removes', [valueAfter(args, '-C') ?? '.', ...operands], true)
    if (COPIERS.test(name)) {
      const target = valueAfter(args, '-t') ?? valueAfter(args, '--target-directory')
      const to = target ?? operands.at(-1) ?? ''
      const from = operands.filter((path) => path !== to)
      const deletes = args.some((arg) => /^--del(?:ete.*)?$/.test(arg))
      return [...uses(deletes ? 'removes' : 'changes', [to], deletes), ...uses('takes', from, deep)]
    }
    if (name === 'find' && args.includes('-delete'))
      return uses('removes', searchedPaths(words), true)
    return []
  }
  return [...own(), ...uses('changes', writes, false)]
}

/** Parts of a text that look like paths. */
const PATHS = /(?<![\w.~/$}-])[~$/][\w${}~./@%+:*?-]*/g

/** Paths in texts that a program reads. */
export function pathsIn(texts: readonly string[]): readonly string[] {
  const found = texts.flatMap((text) => text.match(PATHS) ?? [])
  // The end of `${NAME:-/path}` is no part of the path.
  return found.map((path) => (path.includes('{') ? path : path.replace(/\}.*$/, '')))
}

/** Words and texts of a program that may do anything with what they name. */
export function namedPaths({ words, documents }: Call): readonly string[] {
  const name = programName(words[0] ?? '')
  if (REMOVERS.test(name) || OWNERS.test(name)) return []
  // What a reader writes may be a program.
  if (READERS.has(name)) return pathsIn(documents)
  return [
    ...words.slice(1).flatMap((word) => (isOption(word) ? [] : [word])),
    ...pathsIn([...words.slice(1), ...documents]),
  ]
}

/** The paths that a word of a call may mean. */
export function pathsOf(
  word: string,
  call: Call,
  assigned: StepCalls['assigned'],
): readonly string[] {
  const values = valuesOf(word, assigned)
  // A variable may have several words.
  const parts = values.filter((value) => value !== word && !/[$`(]/.test(value))
  return [...values, ...parts.flatMap((value) => value.split(/\s+/))].flatMap((each) =>
    call.directories.map((from) => {
      const path = absolute(each, from)
      // Where the directory is not known, it may be a home directory.
      const isRelative = !/^[/~$`*?[{]/.test(path) && !path.startsWith('..')
      return isRelative && path !== '.' ? `~/${path}` : path
    }),
  )
}

export interface CacheDamage {
  readonly effect: FileEffect
  /** The program and the path, for people. */
  readonly what: string
}

/** Whether a use of a path matters for a cache that is there, below or above it. */
function reaches({ effect, deep }: FileUse, how: Relation | null, staysOnDisk: boolean): boolean {
  if (how === null) return false
  if (how === 'same' || how === 'below') return true
  // Another file system is not entered: the cache is a mount.
  if (staysOnDisk || !deep) return false
  return effect === 'removes' || how === 'above'
}

/** What a call does with the files of a cache; null for nothing. */
export function damageBy(
  cache: CacheSpec,
  row: BuildTool,
  call: Call,
  assigned: StepCalls['assigned'],
  variables: Variables,
): CacheDamage | null {
  const known = new Map([...variables, ...Object.entries(call.env)])
  const staysOnDisk = call.words.some((word) => /^-(?:xdev|mount)$/.test(word))
  const show = (path: string) => `${programName(call.words[0] ?? '')} ${path}`
  for (const use of fileUses(call)) {
    const paths = pathsOf(use.path, call, assigned)
    const hit = paths.some((path) => reaches(use, relationTo(cache, row, path, known), staysOnDisk))
    if (hit) return { effect: use.effect, what: show(use.path) }
  }
  // A tool names its own cache with the option for that.
  if (judge(row, call.words) === 'elsewhere') return null
  const isCode = isInterpreter(call.words[0] ?? '')
  const isNamed = (path: string) =>
    isInside(cache, row, path, known) || (isCode && isHomeOf(cache, row, path, known))
  const named = namedPaths(call).find((word) => pathsOf(word, call, assigned).some(isNamed))
  return named === undefined ? null : { effect: 'changes', what: show(named) }
}

/** A directory that the step makes for itself. */
const TEMPORARY = /^(?:\$\(mktemp\b[^)]*\)|`mktemp\b[^`]*`)/

/** Whether the analysis cannot tell which files a path names. */
function isOpen(path: string, call: Call, variables: Variables): boolean {
  const own = path.replace(TEMPORARY, '/tmp/own').replace(/^(?:\$HOME\b|\$\{HOME\})/, '~')
  const known = expand(own, variables) ?? own
  // printf replaces %s in a text that another program may run.
  return /[$`]|<\(/.test(known) || (call.uncertain && known.includes('%'))
}

/** What a call does with files that the analysis cannot name; null for nothing. */
export function openEffect(
  call: Call,
  assigned: StepCalls['assigned'],
  variables: Variables,
): FileEffect | null {
  const known = new Map([...variables, ...Object.entries(call.env)])
  const uses = fileUses(call)
  if (call.fromInput && uses.length > 0) return uses[0]?.effect ?? null
  const isUnknown = (text: string | null) => text !== null && /[$`%(]/.test(text)
  const unknown = call.directories.some(isUnknown)
    ? uses
    : uses.filter(({ path }) => isUnknown(path))
  const open = unknown.find(({ path }) =>
    settled(pathsOf(path, call, assigned), assigned).some((each) => isOpen(each, call, known)),
  )
  return open?.effect ?? null
}
