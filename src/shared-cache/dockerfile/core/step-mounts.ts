import { DEVICE_KIND } from '../../catalogue/core/build-places'
import { type Flag, csvFields } from './instruction-flags'

/** A `--mount` of a RUN step. */
export interface StepMount {
  readonly flag: Flag
  readonly type: string
  readonly target: string
  /** Its `id`; the target where it has none. */
  readonly id: string
  readonly from: string
  readonly source: string
  readonly sharing: string
  readonly readonly: boolean
  readonly uid: string
  readonly gid: string
  readonly mode: string
  /** Names of all options that it sets, aliases replaced. */
  readonly says: readonly string[]
}

const NAMES: Readonly<Record<string, string>> = {
  dst: 'target',
  destination: 'target',
  src: 'source',
  ro: 'readonly',
  rw: 'readwrite',
}

function fieldsOf(value: string): ReadonlyMap<string, string> {
  return new Map(
    csvFields(value).map((field) => {
      const at = field.indexOf('=')
      const key = (at === -1 ? field : field.slice(0, at)).toLowerCase()
      return [NAMES[key] ?? key, at === -1 ? 'true' : field.slice(at + 1)] as const
    }),
  )
}

export function mountsOf(flags: readonly Flag[]): readonly StepMount[] {
  return flags
    .filter((flag) => flag.name === 'mount')
    .map((flag) => {
      const fields = fieldsOf(flag.value ?? '')
      const field = (name: string, fallback = '') => fields.get(name) ?? fallback
      const target = field('target')
      return {
        flag,
        type: field('type', 'bind').toLowerCase(),
        target,
        id: field('id', target),
        from: field('from'),
        source: field('source'),
        sharing: field('sharing', 'shared').toLowerCase(),
        readonly:
          /^(?:1|t|true)$/i.test(field('readonly')) || /^(?:0|f|false)$/i.test(field('readwrite')),
        uid: field('uid'),
        gid: field('gid'),
        mode: field('mode'),
        says: [...fields.keys()],
      }
    })
}

/** A `--device` of this plugin's kind. */
export interface DeviceRequest {
  readonly flag: Flag
  /** The name of the device; '' for a request of all devices of the kind. */
  readonly name: string
  /** Whether it replaces a cache mount: see `deviceFlag`. */
  readonly forMount: boolean
  /** Whether it is written exactly as this plugin writes it. */
  readonly plain: boolean
}

/**
 * The flag that requests a device. One that replaces a cache mount has `required=false`, which is the
 * default: BuildKit treats both the same, in the layer's key too, and rewriting the file again can
 * tell it from a request that a person wrote.
 */
export function deviceFlag(name: string, forMount: boolean): string {
  return `--device=${DEVICE_KIND}=${name}${forMount ? ',required=false' : ''}`
}

export function deviceRequests(flags: readonly Flag[]): readonly DeviceRequest[] {
  return flags.flatMap((flag) => {
    if (flag.name !== 'device') return []
    const fields = csvFields(flag.value ?? '')
    const asked = fields
      .map((field) => field.replace(/^name=/i, ''))
      .find((field) => field === DEVICE_KIND || field.startsWith(`${DEVICE_KIND}=`))
    if (asked === undefined) return []
    const name = asked.slice(DEVICE_KIND.length + 1)
    const forMount = fields[1] === 'required=false'
    const plain = `--device=${flag.value ?? ''}` === deviceFlag(name, forMount)
    return [{ flag, name, forMount, plain }]
  })
}
