/** What differs between the plugins of this repository. Each plugin defines one in its `plugin.ts`. */
export interface Plugin {
  /** The name in Dokku: its commands are `dokku NAME:COMMAND`. */
  readonly name: string
  /** One sentence for `--help`. */
  readonly description: string
  /** Where `install` copies the root helper: outside the plugin, because user dokku can write to that. */
  readonly helperDirectory: string
  /** Name of its directory below Dokku's `data`. */
  readonly dataDirectory: string
  /** Variable with its root directory on a machine without Dokku. */
  readonly rootVariable: string
}
