import type { CacheSpec } from '../../catalogue/core/catalogue'
import { isInside, type Relation, relationTo } from './cache-locations'
import type { Call, StepCalls } from '../../shell/core/call'
import { absolute } from '../../shell/core/paths'
import { programName } from '../../shell/core/wrappers'
import type { Variables } from './stages'
import type { BuildTool } from './tools'

/** What a call does with the files of a path. */
type FileEffect =
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
const ARCHIVERS = /^(?:tar|bsdtar|zip|7z|7za|cpio)$/
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

/** Paths that a call gives to a program as words of their own. */
function fileUses({ words, writes, recursive }: Call): readonly FileUse[] {
  const name = programName(words[0] ?? '')
  const args = words.slice(1)
  const operands = args.filter((word) => word !== '' && !isOption(word))
  const deep = recursive || args.some((word) => RECURSIVE.test(word))
  const uses = (effect: FileEffect, paths: readonly string[], into: boolean): readonly FileUse[] =>
    paths.map((path) => ({ effect, path, deep: into }))
  const own = (): readonly FileUse[] => {
    if (REMOVERS.test(name)) return uses('removes', operands, true)
    if (OWNERS.test(name)) return uses('changes', operands, deep)
    if (name === 'mv') return uses('changes', operands, true)
    if (ARCHIVERS.test(name)) return uses('takes', operands, true)
    if (COPIERS.test(name)) {
      const target = args.find((_, at) => /^(?:-t|--target-directory)$/.test(args[at - 1] ?? ''))
      const to = target ?? operands.at(-1) ?? ''
      const from = operands.filter((path) => path !== to)
      return [...uses('changes', [to], false), ...uses('takes', from, deep)]
    }
    if (name === 'find' && args.includes('-delete')) {
      const end = args.findIndex((arg) => /^[-(!]/.test(arg))
      const roots = args.slice(0, end)
      return uses('removes', roots.length > 0 ? roots : ['.'], true)
    }
    return []
  }
  return [...own(), ...uses('changes', writes, false)]
}

/** Parts of a text that look like paths. */
const PATHS = /(?<![\w.~/$}-])[~$/][\w${}~./@%+:*?-]*/g

/** Words and texts of a program that may do anything with what they name. */
function namedPaths({ words, documents }: Call): readonly string[] {
  const name = programName(words[0] ?? '')
  if (READERS.has(name) || REMOVERS.test(name) || OWNERS.test(name)) return []
  return [
    ...words.slice(1).flatMap((word) => (isOption(word) ? [] : [word])),
    ...[...words.slice(1), ...documents].flatMap((text) => text.match(PATHS) ?? []),
  ]
}

/** The most values of a word that are looked at. */
const MOST = 64

/** A word with each value that the step gives to its variables. */
function variants(word: string, assigned: StepCalls['assigned']): readonly string[] {
  let found: readonly string[] = [word]
  for (const [name, values] of assigned) {
    const reference = new RegExp(`\\$(?:${name.replace('@', '[@*]')}(?!\\w)|\\{${name}\\b[^}]*\\})`)
    if (!found.some((each) => reference.test(each))) continue
    found = found.flatMap((each) =>
      reference.test(each)
        ? [each, ...values.map((value) => each.replace(reference, () => value))]
        : [each],
    )
    found = found.slice(0, MOST)
  }
  return found
}

/** The paths that a word of a call may mean. */
export function pathsOf(
  word: string,
  call: Call,
  assigned: StepCalls['assigned'],
): readonly string[] {
  return variants(word, assigned).flatMap((each) =>
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
  const isNamed = (path: string) => isInside(cache, row, path, known)
  const named = namedPaths(call).find((word) => pathsOf(word, call, assigned).some(isNamed))
  return named === undefined ? null : { effect: 'changes', what: show(named) }
}
