import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readIfThere } from '../../../foundation/files/replace-file'

/** A line of mountinfo: where it is mounted, its file system, and the device or pool. */
interface MountLine {
  readonly device: string
  readonly place: string
  readonly type: string
  readonly source: string
}

/** Spaces and the like are octal in mountinfo. */
const plain = (text: string) =>
  text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))

function readMounts(file: string): readonly MountLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [before = '', after = ''] = line.split(' - ')
      const [, , device = '', , place] = before.split(' ')
      const [type = '', source = ''] = after.split(' ')
      return place === undefined
        ? []
        : [{ device, place: plain(place), type, source: plain(source) }]
    })
}

/** File systems that encrypt what they store. */
const ENCRYPTING = /^(?:fuse\.(?:gocryptfs|encfs|cryfs|securefs)|ecryptfs)$/
/** File systems that may, and do not say so where everybody can read it. */
const UNKNOWN = /^(?:zfs|nfs4?|cifs|fuse\..*|9p|virtiofs|overlay|tmpfs|bcachefs|ubifs)$/

/** Whether a block device, `MAJOR:MINOR`, is encrypted, or all that it is made of; null if it is none. */
function isEncryptedDevice(sys: string, device: string): boolean | null {
  const directory = join(sys, 'dev/block', device)
  if (!existsSync(directory)) return null
  if ((readIfThere(join(directory, 'dm/uuid')) ?? '').startsWith('CRYPT-')) return true
  // A partition is a directory in that of its disk, which has the devices that it is made of.
  const slaves = [directory, join(directory, '..')]
    .map((one) => join(one, 'slaves'))
    .find((one) => existsSync(one))
  const below = slaves === undefined ? [] : readdirSync(slaves)
  if (below.length === 0) return false
  const found = below.map((name) => {
    const number = readIfThere(join(sys, 'class/block', name, 'dev'))
    return number === null ? null : isEncryptedDevice(sys, number.trim())
  })
  return found.includes(null) ? null : found.every((one) => one === true)
}

/**
 * Whether the disk of a path is encrypted: LUKS or plain dm-crypt below it, or a file system that
 * encrypts. Null where that cannot be seen. `sys` and `mounts` are the kernel's own files.
 */
export function isEncrypted(
  path: string,
  sys = '/sys',
  mounts = '/proc/self/mountinfo',
): boolean | null {
  const lines = readMounts(mounts)
  const isAbove = ({ place }: MountLine) =>
    path === place || path.startsWith(place === '/' ? '/' : `${place}/`)
  const [line] = lines.filter(isAbove).sort((a, b) => b.place.length - a.place.length)
  if (!line) return null
  if (ENCRYPTING.test(line.type)) return true
  if (UNKNOWN.test(line.type)) return null
  // fscrypt encrypts single directories: only the ones who set it up know which.
  if (existsSync(join(line.place, '.fscrypt'))) return null
  // btrfs has device numbers of its own: the one of its device counts.
  const device = line.device.startsWith('0:') ? numberOf(line.source) : line.device
  return device === null ? null : isEncryptedDevice(sys, device)
}

function numberOf(path: string): string | null {
  const stats = dirname(path) === '/' ? undefined : statSync(path, { throwIfNoEntry: false })
  if (!stats?.isBlockDevice()) return null
  const [major, minor] = [
    (stats.rdev >> 8) & 0xfff,
    (stats.rdev & 0xff) | ((stats.rdev >> 12) & 0xfff00),
  ]
  return `${major}:${minor}`
}
