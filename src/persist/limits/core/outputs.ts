import { BLOCK } from './limit'

/**
 * The limit of a subvolume in bytes, from `btrfs qgroup show -rf --raw .`; null for none. Its columns are
 * the ID, what is referenced, what is exclusive and the largest that may be referenced.
 */
export function parseQgroup(text: string): number | null {
  const [, limit = 'none'] = /^0\/\d+\s+\d+\s+\d+\s+(\d+|none)\b/m.exec(text) ?? []
  return limit === 'none' ? null : Number(limit)
}

/** The project of a directory. */
export interface Project {
  readonly id: number
  /** Whether new files get it. */
  readonly inherited: boolean
}

/** The projects of directories by name, from `lsattr -pd`: the ID, the flags and the name. */
export function parseProjects(text: string): ReadonlyMap<string, Project> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, id, flags = '', name] = /^\s*(\d+) (\S+) (.+)$/.exec(line) ?? []
      if (id === undefined || name === undefined) return []
      return [[name, { id: Number(id), inherited: flags.includes('P') }]] as const
    }),
  )
}

/**
 * The hard limit of a project in bytes, from `repquota -Pn` or `xfs_quota -c 'report -p -n'`; null for
 * none. Both show `#ID`, repquota two signs, and then the used, soft and hard number of blocks.
 */
export function parseProjectLimit(text: string, id: number): number | null {
  const line = text.split('\n').find((one) => new RegExp(`^#${id}\\s`).test(one)) ?? ''
  const [, hard = '0'] = /^#\d+\s+(?:[-+]{2}\s+)?\d+\s+\d+\s+(\d+)\b/.exec(line) ?? []
  return hard === '0' ? null : Number(hard) * BLOCK
}
