import { type BaseImage, type BaseImageDirectory, baseKey } from './cdi'
import { baseDirectoryName, isSystem } from '../../catalogue/core/system'

/** A base image of Dockerfiles on this host. */
export interface KnownBase extends BaseImage {
  /** The system of its image; '' if not known yet. */
  readonly system: string
  /** Whether its image is known to set no variable for browsers. */
  readonly plain: boolean
  /** When its image was inspected, in milliseconds since the epoch; absent if never. */
  readonly looked?: number
  /** When the last inspection failed. */
  readonly tried?: number
}

/** The result of inspecting a base image. */
export interface SeenBase {
  readonly system: string
  /** null if unknown. */
  readonly plain: boolean | null
  /** Absent if an image built on it was inspected instead. */
  readonly looked?: number
  readonly tried?: number
}

/** The most that are stored. A dropped base is added again at its next build. */
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

/** Parses the property `bases`. Invalid entries are skipped: the next build adds them again. */
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

/** The bases with these added, the newest last. Known systems are kept. */
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

/** The bases after the image of one, or an image built on it, was inspected: a tag can move. */
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
  return { key, directory: base.system || baseDirectoryName(key) }
}
