/** A mount of an app, from `storage:list --format json`. */
export interface Mount {
  /** The storage entry (Dokku 0.38); null in the older form `host:container`. */
  readonly entry: string | null
  readonly hostPath: string
  readonly containerPath: string
  readonly readonly: boolean
  /** Volume options such as `z`, as Dokku stores them; '' if none. */
  readonly options: string
}

/** A mount to add to an app. */
export interface NewMount {
  /** The type of process that gets it; all if missing. Only with a storage entry. */
  readonly process?: string
  /** Name of the storage entry; null for a file, which only the older form supports. */
  readonly entry: string | null
  readonly hostPath: string
  readonly containerPath: string
  readonly readonly: boolean
}

/** One change of an app in Dokku. Applied in order: a variable never has a path that is not mounted. */
export type AppChange =
  | ({ readonly kind: 'mount' } & NewMount)
  | { readonly kind: 'set'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'unset'; readonly keys: readonly string[] }
  | ({ readonly kind: 'unmount' } & Mount)
