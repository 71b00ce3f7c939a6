import { type BaseImage, type BaseRoom, baseKey } from './cdi'
import { baseRoom, isSystem } from '../apps/system'

/** A base image that Dockerfiles here begin with. */
export interface KnownBase extends BaseImage {
  /** The system that its image is of; '' as long as nobody has seen it. */
  readonly system: string
  /** Whether its image is known to say nothing of where browsers are. */
  readonly plain: boolean
}

/** So many are kept: one that comes back is known again at its next build. */
const MOST = 200

function isBase(value: unknown): value is KnownBase {
  if (typeof value !== 'object' || value === null) return false
  const { reference, platform, system, plain = false } = value as Record<string, unknown>
  const known = system === '' || (typeof system === 'string' && isSystem(system))
  return (
    typeof reference === 'string' &&
    typeof platform === 'string' &&
    typeof plain === 'boolean' &&
    known
  )
}

/** Reads the property `bases`; what is no base in it is passed over, it comes back by itself. */
export function parseBases(text: string | undefined): readonly KnownBase[] {
  if (!text) return []
  try {
    const value = JSON.parse(text) as unknown
    const bases: readonly KnownBase[] = Array.isArray(value) ? value.filter(isBase) : []
    return bases.map((base) => ({ ...base, plain: (base as Partial<KnownBase>).plain ?? false }))
  } catch {
    return []
  }
}

export function formatBases(bases: readonly KnownBase[]): string {
  return JSON.stringify(
    bases.map(({ reference, platform, system, plain }) => ({
      ...{ reference, platform, system },
      ...(plain ? { plain } : {}),
    })),
  )
}

function isSame(one: BaseImage, other: BaseImage): boolean {
  return one.reference === other.reference && one.platform === other.platform
}

/** The bases with these among them, the newest last; a system that is known stays. */
export function withBases(
  known: readonly KnownBase[],
  added: readonly BaseImage[],
): readonly KnownBase[] {
  const isNew = (base: BaseImage) => !known.some((other) => isSame(base, other))
  const fresh = added.filter(isNew).map((base) => ({ ...base, system: '', plain: false }))
  return [...known, ...fresh].slice(-MOST)
}

export function findBase(known: readonly KnownBase[], base: BaseImage): KnownBase | undefined {
  return known.find((other) => isSame(base, other))
}

/**
 * The bases after an image on one of them was seen: a tag can move to another one. `plain` is null
 * where the image does not tell whether its base is.
 */
export function withSystem(
  known: readonly KnownBase[],
  key: string,
  system: string,
  plain: boolean | null,
): readonly KnownBase[] {
  return known.map((base) => {
    if (baseKey(base) !== key) return base
    return { ...base, system, plain: plain ?? (base.plain && base.system === system) }
  })
}

/** The directory inside each cache that builds on a base use. */
export function roomFor(base: KnownBase): BaseRoom {
  const key = baseKey(base)
  return { key, room: base.system || baseRoom(key) }
}
