import type { Apps, CacheRecord } from './records'

/** The image of an app, and the lines of its history (`CreatedBy`), newest first. */
export interface AppImage {
  readonly app: string
  readonly history: readonly string[]
}

/** `RUN |2 A=x B=y /bin/sh -c …`: the build's arguments come before the command. */
const BUILD_ARGUMENTS = /^\|\d+ [^]*? (?=\/bin\/sh -c )/

/** The command in a line of an image's history, in the form of a record's description. */
function commandOf(line: string): string {
  const command = line.replace(/ # buildkit$/, '')
  if (!command.startsWith('RUN ')) return command
  return command.slice('RUN '.length).replace(BUILD_ARGUMENTS, '')
}

/**
 * The lines of a history that the build of the app made: those before the lines of its base image.
 * `bases` are the histories of images that belong to no app.
 */
function ownLines(
  history: readonly string[],
  bases: readonly (readonly string[])[],
): readonly string[] {
  const isBase = (base: readonly string[]) => {
    const start = history.length - base.length
    return start >= 0 && base.every((line, index) => line === history[start + index])
  }
  const longest = Math.max(0, ...bases.filter(isBase).map(({ length }) => length))
  return history.slice(0, history.length - longest)
}

/** Apps by the commands that made their images. */
function byCommand(
  images: readonly AppImage[],
  linesOf: (history: readonly string[]) => readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const { app, history } of images) {
    for (const command of linesOf(history).map(commandOf)) {
      found.set(command, (found.get(command) ?? new Set()).add(app))
    }
  }
  return found
}

/**
 * Which apps a record belongs to, as far as known: Docker does not record it. A cache mount in a
 * namespace named after an app belongs to that app. Any other cache mount belongs to the apps whose own
 * builds ran the command that made it, and a layer to all apps whose images contain it. The list is
 * empty if nothing is known: for stages that are not part of an image, images that were removed, and
 * cache mounts that the build of a base image made. `bases` are the histories of images that belong to
 * no app.
 */
export function attribute(
  images: readonly AppImage[],
  bases: readonly (readonly string[])[] = [],
): Apps {
  const apps = new Set(images.map(({ app }) => app))
  const all = byCommand(images, (history) => history)
  const own = byCommand(images, (history) => ownLines(history, bases))
  return ({ mount, command }: CacheRecord) => {
    const namespace = mount?.id?.split('/')[0] ?? ''
    if (apps.has(namespace)) return [namespace]
    return command ? [...((mount ? own : all).get(command) ?? [])].sort() : []
  }
}
