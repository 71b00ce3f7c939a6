import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { KnownError } from '../core/errors'
import { namesIfThere } from '../files/replace-file'
import { isUnfinished, removeUnfinished, unfinishedName } from '../files/unfinished'
import type { DokkuPlatform } from '../platform'
import type { Runner } from '../process/runner'

/**
 * Dokku's property store: one file per value. Read directly, which saves 5 ms a key; written by
 * `common/prop`, which gives files their owner and mode.
 */
export interface Properties {
  /** A value of a plugin for an app or `--global`; undefined if it is not set. */
  get(app: string, key: string, plugin?: string): string | undefined
  /** All values of this plugin for an app or `--global`. */
  all(app: string): Record<string, string>
  /** The old value stays until the new one is stored. Throws KnownError if that fails. */
  set(app: string, key: string, value: string): Promise<void>
  unset(app: string, key: string): Promise<void>
  /** Deletes all values of an app. */
  destroy(app: string): Promise<void>
  /** Apps that have a value of this plugin. Some may no longer exist. */
  apps(): readonly string[]
}

function readValue(path: string, plugin: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\n$/, '')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw new KnownError(`Cannot read the property file ${path}`, {
      hint: `Its owner should be the user dokku. Run: dokku ${plugin}:doctor`,
      cause: error,
    })
  }
}

function notWritten(app: string, key: string, cause?: unknown): KnownError {
  return new KnownError(`Dokku did not write the property ${key} of ${app}`, {
    hint: 'The disk may be full: check `df -h` and `df -i`, then run this again.',
    cause,
  })
}

/** The same error about the property, not about the file that it is written to first. */
function about(key: string, unfinished: string, error: KnownError): KnownError {
  const { message, hint, exit, cause } = error
  return new KnownError(message.replaceAll(unfinished, key), {
    ...(hint === undefined ? {} : { hint }),
    exit,
    cause,
  })
}

/** Puts a file in the place of another, on the disk before in the directory. */
function moveInto(from: string, to: string): void {
  const fd = openSync(from, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(from, to)
}

/** The properties of this plugin. Throws KnownError if a file of the store cannot be read. */
export function makeProperties(platform: DokkuPlatform, runner: Runner): Properties {
  const store = join(platform.libRoot, 'config')
  const own = platform.plugin.name
  const prop = (...args: readonly string[]) =>
    runner.write(join(platform.corePluginPath, 'common/prop'), args)
  const destroy = async (app: string) => {
    await prop('destroy', own, app)
  }
  const set = async (app: string, key: string, value: string) => {
    const directory = join(store, own, app)
    const unfinished = unfinishedName(key)
    try {
      removeUnfinished(directory)
      await prop('set', own, app, unfinished, value)
      // Dokku reports success even if the disk is full.
      const written = readValue(join(directory, unfinished), own)
      if (written !== value.replace(/\n$/, '')) throw notWritten(app, key)
      moveInto(join(directory, unfinished), join(directory, key))
    } catch (error) {
      rmSync(join(directory, unfinished), { force: true })
      throw error instanceof KnownError
        ? about(key, unfinished, error)
        : notWritten(app, key, error)
    }
  }
  return {
    get: (app, key, plugin = own) => readValue(join(store, plugin, app, key), own),
    all: (app) => {
      const directory = join(store, own, app)
      const pairs = namesIfThere(directory)
        .filter((key) => !isUnfinished(key))
        .map((key) => [key, readValue(join(directory, key), own)] as const)
      return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] != null))
    },
    set,
    unset: async (app, key) => {
      await prop('del', own, app, key)
    },
    destroy,
    apps: () => namesIfThere(join(store, own)).filter((name) => !name.startsWith('-')),
  }
}
