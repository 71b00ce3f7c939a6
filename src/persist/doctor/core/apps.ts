import { type Finding, finding } from '../../../foundation/core/findings'
import type { Directory, Step } from '../../volumes/core/plan'
import type { AppVolume, User } from '../../volumes/core/volume'

/** A directory of an image's VOLUME, or one that the app writes to, which no volume keeps. */
export interface Unkept {
  readonly path: string
  /** The anonymous volume that has its files; null for none. */
  readonly anonymous: { readonly name: string; readonly bytes: number | null } | null
  /** Whether the image has its programs there: a volume would hide their updates. */
  readonly isProgram: boolean
}

/** A directory of the host that an app mounts by hand. */
export interface HandMade {
  readonly path: string
  readonly hostPath: string
  /** Some files that the image has at the path, and the host has not. */
  readonly hidden: readonly string[]
  /** Whether it is outside of Dokku's storage and could become a volume. */
  readonly isOutside: boolean
}

/** A directory that an app can write to through a mount. */
export interface Place {
  readonly path: string
  /** The name of its volume; null for a directory that is mounted by hand. */
  readonly volume: string | null
  readonly hostPath: string
  readonly directory: Directory
}

/** A volume, and what is wrong with it. */
export interface VolumeFacts {
  readonly volume: AppVolume
  readonly hostPath: string
  readonly directory: Directory | null
  /** What would make it what it should be. */
  readonly steps: readonly Step[]
  /** Bytes, remembered from the last measurement; null if it was never measured. */
  readonly bytes: number | null
  /** Whether its disk is encrypted; null if that cannot be seen. */
  readonly isEncrypted: boolean | null
}

export interface AppFacts {
  readonly app: string
  /** Users of its running processes and of its image; [] if nothing is known. */
  readonly users: readonly User[]
  readonly unkept: readonly Unkept[]
  readonly handMade: readonly HandMade[]
  readonly places: readonly Place[]
  readonly volumes: readonly VolumeFacts[]
  /** How far an adoption has come that was cut off; null for none. */
  readonly adoption: 'copying' | 'stopped' | 'switching' | null
}

type Format = (bytes: number) => string

function checkKept({ app, unkept }: AppFacts, format: Format): readonly Finding[] {
  return unkept.map(({ path, anonymous, isProgram }) => {
    if (anonymous) {
      const size = anonymous.bytes === null ? '' : `, ${format(anonymous.bytes)},`
      const text = `${app}: ${path} is not kept: its files${size} are in the anonymous volume ${anonymous.name.slice(0, 12)}, and the next deploy starts with a new one`
      return finding('warn', 'kept', text, `dokku persist:adopt ${app} ${path}`)
    }
    const text = `${app}: it writes to ${path}, which is not kept: the next deploy starts without these files`
    // A volume over the programs of the app would hide their updates.
    return isProgram
      ? finding(
          'warn',
          'kept',
          `${text}. Let it write to a directory of its own`,
          `dokku persist:add ${app} ${path}/data`,
        )
      : finding('warn', 'kept', text, `dokku persist:add ${app} ${path}`)
  })
}

/** Whether a user can create files in a directory, as far as its mode tells. */
export function canWrite({ uid, gid }: User, directory: Directory): boolean {
  const mode = parseInt(directory.mode, 8)
  if (uid === 0) return true
  if (uid === directory.uid) return (mode & 0o300) === 0o300
  if (gid === directory.gid) return (mode & 0o030) === 0o030
  return (mode & 0o003) === 0o003
}

function checkPermission({ app, users, places }: AppFacts): readonly Finding[] {
  return places.flatMap(({ path, volume, hostPath, directory }) => {
    const user = users.find((one) => !canWrite(one, directory))
    if (!user) return []
    const who = `${user.uid}:${user.gid}`
    const text = `${app}: a process of the user ${who} cannot write to ${path}: it belongs to ${directory.uid}:${directory.gid}, with the mode ${directory.mode}`
    const remedy =
      volume === null
        ? `chown -R ${who} ${hostPath}`
        : `dokku persist:add ${app} ${path} --owner ${who}`
    return [finding('warn', 'permission', text, remedy)]
  })
}

function checkHidden({ app, handMade }: AppFacts): readonly Finding[] {
  return handMade
    .filter(({ hidden }) => hidden.length > 0)
    .map(({ path, hostPath, hidden }) => {
      const names = hidden.slice(0, 3).join(', ')
      const text = `${app}: the mount of ${hostPath} hides files that the image has at ${path}: ${names}${hidden.length > 3 ? ' and more' : ''}`
      const copy = `docker cp "$(docker create dokku/${app}:latest)":${path}/. ${hostPath}`
      return finding('warn', 'hidden', text, copy)
    })
}

function checkOutside({ app, handMade }: AppFacts): readonly Finding[] {
  return handMade
    .filter(({ isOutside }) => isOutside)
    .map(({ path, hostPath }) => {
      const text = `${app}: ${path} is in ${hostPath}, outside of Dokku's storage, where backups do not look for it`
      return finding('warn', 'outside', text, `dokku persist:adopt ${app} ${path}`)
    })
}

const WRONG: Readonly<Record<Step['kind'], string>> = {
  record: 'its record is out of date',
  directory: 'its directory is missing',
  fill: 'the files of the image were not copied into it',
  owner: 'its owner or mode differs',
  limit: 'its limit is not set',
  volume: 'Docker does not know it, or shows another directory',
  entry: 'its storage entry is missing',
  detach: 'it is mounted at another path',
  attach: 'it is not mounted',
  set: 'its variable is not set',
  unset: 'its former variable is still set',
}

function checkVolumes({ app, volumes }: AppFacts): readonly Finding[] {
  return volumes
    .filter(({ steps }) => steps.some(({ kind }) => kind !== 'record'))
    .map(({ volume, steps }) => {
      const kinds = [...new Set(steps.map(({ kind }) => kind))].filter((kind) => kind !== 'record')
      const text = `${app}: the volume ${volume.name} is not as it should be: ${kinds.map((kind) => WRONG[kind]).join('; ')}`
      return finding('fail', 'volume', text, `dokku persist:doctor ${app} --fix`)
    })
}

/** Share of the limit of a volume from which on it is nearly full. */
const FULL = 0.8

function checkSize({ app, volumes }: AppFacts, format: Format): readonly Finding[] {
  return volumes.flatMap(({ volume: { name, path, size }, bytes }) => {
    if (size === null || bytes === null || bytes < size * FULL) return []
    const text = `${app}: the volume ${name} has ${format(bytes)} of the ${format(size)} that it may have`
    const more = format(size * 2).replace(/ /g, '')
    return [finding('warn', 'space', text, `dokku persist:add ${app} ${path} --size ${more}`)]
  })
}

function checkSensitive({ app, volumes }: AppFacts): readonly Finding[] {
  return volumes
    .filter(({ volume }) => volume.sensitive)
    .flatMap(({ volume: { name, path }, hostPath, directory, isEncrypted }) => {
      const isOpen = directory !== null && (parseInt(directory.mode, 8) & 0o007) !== 0
      const open = `${app}: other users of this host can read the sensitive volume ${name}: ${hostPath} has the mode ${directory?.mode ?? ''}`
      const plain = `${app}: the sensitive volume ${name} is on a disk without encryption: who gets the disk can read it`
      return [
        ...(isOpen
          ? [finding('fail', 'sensitive', open, `dokku persist:add ${app} ${path} --mode 0700`)]
          : []),
        ...(isEncrypted === false
          ? [
              finding(
                'warn',
                'encryption',
                plain,
                'move data/storage to a disk with LUKS: cryptsetup luksFormat DEVICE',
              ),
            ]
          : []),
      ]
    })
}

function checkAdoption({ app, adoption }: AppFacts): readonly Finding[] {
  if (adoption === null) return []
  const text = `${app}: a run of persist:adopt was cut off${adoption === 'copying' ? '; the app runs with its old mounts' : ' while the app was stopped'}`
  const status = adoption === 'copying' ? 'warn' : 'fail'
  return [finding(status, 'adopt', text, `dokku persist:adopt ${app}`)]
}

/** All findings about one app. `format` writes bytes for people. */
export function checkApp(facts: AppFacts, format: Format): readonly Finding[] {
  return [
    ...checkVolumes(facts),
    ...checkAdoption(facts),
    ...checkKept(facts, format),
    ...checkPermission(facts),
    ...checkHidden(facts),
    ...checkOutside(facts),
    ...checkSize(facts, format),
    ...checkSensitive(facts),
  ]
}
