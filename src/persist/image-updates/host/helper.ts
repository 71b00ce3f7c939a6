import { closeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { KnownError } from '../../../foundation/core/errors'
import { splitAtNul } from '../../../foundation/files/find'
import { DirectoryWalker, bytesOf, openIfThere } from '../../../foundation/files/walker'
import type { HelperSettings } from '../../../foundation/helper/files'
import type { HelperVerb } from '../../../foundation/helper/serve'
import { ByteReader } from '../../../foundation/process/byte-reader'
import { isEntry } from '../../volumes/core/names'
import { parseQuestion, readStep } from '../core/step'
import { Merger } from './apply-steps'
import { findIn } from './state'

/** Longest line of a step: paths have at most 4096 bytes, links as many. */
const LONGEST_LINE = 200_000
const BATCH = 60_000

/** Lines of JSON on stdout, many in one write. */
class Lines {
  private text = ''

  say(value: unknown): void {
    this.text += `${JSON.stringify(value)}\n`
    if (this.text.length > BATCH) this.flush()
  }

  flush(): void {
    if (this.text !== '') process.stdout.write(this.text)
    this.text = ''
  }
}

/**
 * Calls a function with the open directory of the one volume that is named. Throws KnownError for
 * anything but a name, and for a volume without a directory.
 */
async function inVolume(
  { root }: HelperSettings,
  args: readonly string[],
  use: (directory: number) => Promise<void>,
): Promise<number> {
  const [entry = '', ...more] = args
  if (!isEntry(entry) || more.length > 0) {
    throw new KnownError(`Not the name of a volume: ${JSON.stringify(args.join(' '))}`)
  }
  const directory = openIfThere(join(dirname(root), 'storage', entry))
  if (directory === undefined) {
    throw new KnownError(`The directory of the volume ${entry} does not exist`)
  }
  try {
    await use(directory)
  } finally {
    closeSync(directory)
  }
  return 0
}

/** Answers questions on stdin, in their order: a state, or null for nothing. */
async function answerQuestions(directory: number): Promise<void> {
  const lines = new Lines()
  const walker = new DirectoryWalker(directory, bytesOf)
  const split = splitAtNul((field) => {
    const question = parseQuestion(field)
    if (!question) throw new KnownError(`Not a path in a volume: ${JSON.stringify(field)}`)
    lines.say(findIn(walker, question.path, question.largest)?.state ?? null)
  })
  try {
    for await (const chunk of process.stdin) split(chunk as Buffer)
  } finally {
    walker.close()
  }
  lines.flush()
}

/** The next `size` bytes of the input. */
class Content {
  constructor(
    private readonly reader: ByteReader,
    private left: number,
  ) {}

  /** Throws KnownError if the input ends before. */
  async *pieces(): AsyncGenerator<Buffer> {
    while (this.left > 0) {
      const piece = await this.reader.some(this.left)
      if (!piece) throw new KnownError('The input is incomplete')
      this.left -= piece.length
      yield piece
    }
  }

  /** Reads what was not read, because the step was not applied. Throws like `pieces`. */
  async finish(): Promise<void> {
    for await (const piece of this.pieces()) if (piece.length === 0) return
  }
}

/**
 * Applies the steps on stdin: a line of JSON each, followed by the content of a file that is written.
 * Says for each why it was not applied; null if it was.
 */
async function applySteps(directory: number): Promise<void> {
  const lines = new Lines()
  const reader = new ByteReader(process.stdin as AsyncIterable<Buffer>)
  const merger = new Merger(directory)
  try {
    for (;;) {
      const line = await reader.line(LONGEST_LINE)
      if (line === null) break
      const step = readStep(parseLine(line))
      if (!step) throw new KnownError('A step that is no step')
      const content = new Content(reader, step.kind === 'write' ? step.wanted.size : 0)
      lines.say(await merger.apply(step, content.pieces()))
      await content.finish()
    }
  } finally {
    lines.flush()
    merger.close()
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch (cause) {
    throw new KnownError('A step that is not JSON', { cause })
  }
}

/** The verbs of the root helper that merge an image's files into a volume. */
export const IMAGE_UPDATE_VERBS: Readonly<Record<string, HelperVerb>> = {
  state: (settings, args) => inVolume(settings, args, answerQuestions),
  merge: (settings, args) => inVolume(settings, args, applySteps),
}
