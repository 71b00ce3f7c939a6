import { programName } from './wrappers'

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
  /** Whether it is also called with words that it does not name, as xargs does. */
  readonly fromInput: boolean
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
  /** The WORKDIR; null where it is not known. */
  readonly workdir: string | null
  readonly variables: ReadonlyMap<string, string | null>
}

/** Programs that do not call other programs in a build. */
export const LONE = new Set(
  (
    'apk apt apt-get dnf microdnf yum dpkg cat cd chmod chown chgrp cp curl cut date df echo find getent git grep ' +
    'groupadd addgroup adduser useradd usermod chsh chpasswd visudo gunzip gzip head id install ldconfig ln ls ' +
    'locale-gen gpg apt-key mkdir mktemp mv patch printf pwd rm rmdir rustup sed set sha256sum sleep sort stat strip ' +
    'tail tar tee test touch tr true unzip upx wget xz xx-apt xx-apt-get xx-apk xx-info xx-verify [ : exit'
  ).split(' '),
)

/** Whether one of these may call a tool that the step does not name: a make, a script. */
export function mayCall(calls: readonly Call[], tool: RegExp): boolean {
  const names = calls
    .filter(({ uncertain }) => !uncertain)
    .map(({ words }) => programName(words[0] ?? ''))
  return names.some((name) => !LONE.has(name) && !tool.test(name))
}
