import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The programs of project quotas, which keep IDs and limits in files instead of a file system. */
export interface QuotaDouble {
  /** Directory of the programs, for PATH. */
  readonly bin: string
  /** The calls so far, without those that only read. */
  changes(): readonly string[]
  /** A project of the administrator. */
  setProject(inode: number, id: number): void
  /** Removes a program. */
  without(program: string): void
}

const PROGRAMS = {
  lsattr: `
    [ "$1 $2" = "-pd --" ] || exit 2
    shift 2
    for name; do
      id=$(cat "$STATE/project-$(stat -c %i "$name")" 2>/dev/null || echo 0)
      [ "$id" = 0 ] && flags=--------------e------- || flags=--------------e----P--
      printf '%5d %s %s\\n' "$id" "$flags" "$name"
    done`,
  chattr: `
    echo "chattr $*" >> "$STATE/changes"
    [ "$1 $2 $4" = "+P -p ." ] || exit 2
    echo "$3" > "$STATE/project-$(stat -c %i .)"`,
  repquota: `
    [ "$1 $2" = "-P -n" ] || exit 2
    echo '*** Report for project quotas on device /dev/vda'
    echo 'Block grace time: 7days; Inode grace time: 7days'
    echo '                        Block limits                File limits'
    echo 'Project         used    soft    hard  grace    used  soft  hard  grace'
    echo '----------------------------------------------------------------------'
    echo '#0        --      20       0       0              2     0     0       '
    for file in "$STATE"/limit-*; do
      [ -e "$file" ] && echo "#\${file##*-} --       4       0 $(cat "$file")              1     0     0       "
    done
    true`,
  setquota: `
    echo "setquota $*" >> "$STATE/changes"
    echo "$4" > "$STATE/limit-$2"`,
  xfs_quota: `
    [ "$1 $2" = "-x -c" ] || exit 2
    case "$3" in
      report*)
        for file in "$STATE"/limit-*; do
          [ -e "$file" ] && echo "#\${file##*-}            4          0 $(cat "$file")     00 [--------]"
        done
        true;;
      limit*)
        echo "xfs_quota $*" >> "$STATE/changes"
        set -- $3
        blocks=\${4#bhard=}
        echo "\${blocks%k}" > "$STATE/limit-$5";;
    esac`,
}

/** Makes the programs in a directory. */
export function makeQuotaDouble(base: string): QuotaDouble {
  const [bin, state] = [join(base, 'quota-bin'), join(base, 'quota-state')]
  for (const path of [bin, state]) mkdirSync(path)
  const changes = join(state, 'changes')
  writeFileSync(changes, '')
  for (const [name, script] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nSTATE='${state}'\n${script}\n`, { mode: 0o755 })
  }
  return {
    bin,
    changes: () => readFileSync(changes, 'utf8').split('\n').slice(0, -1),
    setProject: (inode, id) => writeFileSync(join(state, `project-${inode}`), `${id}\n`),
    without: (program) => rmSync(join(bin, program)),
  }
}
