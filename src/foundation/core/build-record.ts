/**
 * A record of BuildKit's cache from the Engine (`GET /system/df`). Up to API 1.41 a record has one
 * `Parent`; from 1.42 on it has ` Parents`, with a leading space.
 */
export interface RawRecord {
  readonly ID: string
  readonly ' Parents'?: readonly string[] | null
  readonly Parents?: readonly string[] | null
  readonly Parent?: string
  readonly Type: string
  readonly Description: string
  readonly InUse: boolean
  readonly Shared: boolean
  /** Bytes. */
  readonly Size: number
  /** RFC 3339. */
  readonly CreatedAt: string
  readonly LastUsedAt: string | null
  readonly UsageCount: number
}
