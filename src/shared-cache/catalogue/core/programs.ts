/** Programs that a cache needs in containers. The plugin writes them; containers cannot. */
export interface Programs {
  /** Name of their directory below the root of the caches. */
  readonly directory: string
  /** In the order in which they are written: a file comes after those that it names. */
  readonly files: readonly ProgramFile[]
}

interface ProgramFile {
  readonly name: string
  readonly text: string
  readonly mode: number
}
