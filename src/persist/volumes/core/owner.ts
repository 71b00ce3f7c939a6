import type { OwnerRule, User } from './volume'

/** What decides who owns a new volume. */
export interface OwnerFacts {
  /** Users of the app's running processes; [] where none runs. */
  readonly running: readonly User[]
  /** The user of the image: `USER`, or the one that its builder runs apps as. */
  readonly image: User
  /** Owner of the path in the image; null if the image does not have it. */
  readonly place: User | null
}

const ROOT: User = { uid: 0, gid: 0 }

/**
 * The user that the app's processes run as. An entry point that starts as root and changes to another
 * user shows it only while it runs.
 */
export function appUser({ running, image }: Pick<OwnerFacts, 'running' | 'image'>): User {
  return running.find(({ uid }) => uid !== 0) ?? (image.uid !== 0 ? image : (running[0] ?? image))
}

/**
 * The owner that a new volume and the files copied into it get; null to keep what the image has. An image
 * that gives the path to another user than root means it: it stays.
 */
export function chooseOwner(rule: OwnerRule, facts: OwnerFacts): User | null {
  if (rule === 'image') return null
  if (rule !== 'auto') return rule
  const user = appUser(facts)
  if (user.uid === 0) return null
  return (facts.place ?? ROOT).uid === 0 ? user : null
}

/** Whether `chooseOwner` would choose the same once the app runs. */
export function isOwnerKnown(rule: OwnerRule, facts: OwnerFacts): boolean {
  if (rule !== 'auto' || facts.running.length > 0 || facts.image.uid !== 0) return true
  return (facts.place ?? ROOT).uid !== 0
}

/** The fields of the first line of /etc/passwd or /etc/group with this value in a column; [] if none. */
function lineWith(text: string, column: number, value: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.split(':'))
  return lines.find((fields) => fields[column] === value) ?? []
}

const [NAME, ID, GROUP_ID] = [0, 2, 3]

/** Numbers of the users of builders that do not say so in the image's configuration. */
const OF_BUILDER: Readonly<Record<string, User>> = {
  // herokuish starts as root and runs the processes as herokuishuser.
  herokuish: { uid: 32767, gid: 32767 },
}

const isNumber = (text: string) => /^\d+$/.test(text)

/**
 * The user of an image: `USER` as a name or number, with or without a group. `passwd` and `group` are the
 * files of the image; a name that they do not have counts as root, like an image without `USER`.
 */
export function imageUser(user: string, builder: string, passwd: string, group: string): User {
  const [name = '', groupName] = user.split(':')
  if (name === '') return OF_BUILDER[builder] ?? ROOT
  const line = lineWith(passwd, isNumber(name) ? ID : NAME, name)
  const uid = isNumber(name) ? name : (line[ID] ?? '0')
  const gid = groupName === undefined ? line[GROUP_ID] : groupId(groupName, group)
  return { uid: Number(uid), gid: Number(gid ?? '0') }
}

function groupId(name: string, group: string): string | undefined {
  return isNumber(name) ? name : lineWith(group, NAME, name)[ID]
}
