import type { Apps, CacheRecord } from './records'

/** An app's image, and the lines of its history (`CreatedBy`). */
export interface AppImage {
  readonly app: string
  readonly history: readonly string[]
}

/** `RUN |2 A=x B=y /bin/sh -c …`: the build's arguments come before the command. */
const BUILD_ARGUMENTS = /^\|\d+ [^]*? (?=\/bin\/sh -c )/

/** The command behind a line of an image's history, in the words of a record's description. */
function commandOf(line: string): string {
  const command = line.replace(/ # buildkit$/, '')
  if (!command.startsWith('RUN ')) return command
  return command.slice('RUN '.length).replace(BUILD_ARGUMENTS, '')
}

/**
 * Which apps a record belongs to, as far as it can be known: Docker keeps no such thing. A cache
 * mount in a namespace called after an app is that app's; anything else belongs to all apps whose
 * images were made by the same command. Of a stage that leaves nothing in the image, and of images
 * that are gone, nothing is known: the list is empty.
 */
export function attribute(images: readonly AppImage[]): Apps {
  const apps = new Set(images.map(({ app }) => app))
  const byCommand = new Map<string, Set<string>>()
  for (const { app, history } of images) {
    for (const command of history.map(commandOf)) {
      const owners = byCommand.get(command) ?? new Set()
      byCommand.set(command, owners.add(app))
    }
  }
  return ({ mount, command }: CacheRecord) => {
    const namespace = mount?.id?.split('/')[0] ?? ''
    if (apps.has(namespace)) return [namespace]
    return command ? [...(byCommand.get(command) ?? [])].sort() : []
  }
}
