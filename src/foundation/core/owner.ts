/** Who owns the directories, and the group that may look into the root. */
export interface Owner {
  readonly uid: number
  readonly gid: number
  /** Group of the root directory. */
  readonly rootGid: number
}
