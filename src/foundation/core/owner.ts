/** The owner of the directories, and the group that may list the root. */
export interface Owner {
  readonly uid: number
  readonly gid: number
  /** Group of the root directory. */
  readonly rootGid: number
}
