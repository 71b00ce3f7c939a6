/** What tells one plugin of this repository from another. Each has one, in its `plugin.ts`. */
export interface Plugin {
  /** The name that Dokku knows it by: its commands are `dokku NAME:COMMAND`. */
  readonly name: string
  /** One sentence for `--help`. */
  readonly description: string
  /** Where its `install` puts the root helper: outside the plugin, which user dokku can write. */
  readonly helperDirectory: string
  /** Name of its directory below Dokku's `data`. */
  readonly dataDirectory: string
  /** Variable that names its root directory on a machine without Dokku. */
  readonly rootVariable: string
}
