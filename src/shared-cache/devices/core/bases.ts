import { type BaseImage, type BaseImageDirectory, baseKey } from './cdi'
import { baseDirectoryName, isSystem } from '../../catalogue/core/system'

/** A base image that Dockerfiles here begin with. */
export interface KnownBase extends BaseImage {
  /** The system that its image is of; '' as long as nobody has seen it. */
  readonly system: string
  /** Whether its image is known to say nothing of where browsers are. */
  readonly plain: boolean
  /** When its image itself was looked at, in milliseconds since the epoch; not where that never was. */
  readonly looked?: number
  /** When that was tried last, where it failed. */
  readonly tried?: number
}

/** What was seen of the image of a base. */
export interface SeenBase {
  readonly system: string
  /** Null where the image does not tell. */
  readonly plain: boolean | null
  /** Not where what was seen is an image that was built on it. */
  readonly looked?: number
  readonly tried?: number
}

/** So many are kept: one that comes back is known again at its next build. */
const MOST = 200

function isBase(value: unknown): value is KnownBase {
  if (typeof value !== 'object' || value === null) return false
  const base = value as Record<string, unknown>
  const { reference, platform, system, plain = false, looked = 0, tried = 0 } = base
  const known = system === '' || (typeof system === 'string' && isSystem(system))
  return (
    typeof reference === 'string' &&
    typeof platform === 'string' &&
    typeof plain === 'boolean' &&
    typeof looked === 'number' &&
    typeof tried === 'number' &&
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
    bases.map(({ reference, platform, system, plain, looked, tried }) => ({
      ...{ reference, platform, system },
      ...(plain ? { plain } : {}),
      ...(looked ? { looked } : {}),
      ...(tried ? { tried } : {}),
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

/** The bases after an image was seen of one, or on one of them: a tag can move to another one. */
export function withSeen(
  known: readonly KnownBase[],
  key: string,
  { system, plain, ...seen }: SeenBase,
): readonly KnownBase[] {
  return known.map((base) => {
    if (baseKey(base) !== key) return base
    const isPlain = plain ?? (base.plain && base.system === system)
    return { ...base, ...seen, system, plain: isPlain }
  })
}

/** The directory inside each cache that builds on a base use. */
export function directoryFor(base: KnownBase): BaseImageDirectory {
  const key = baseKey(base)
  return { key, room: base.system || baseDirectoryName(key) }
}
