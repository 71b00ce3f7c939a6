import type { Host } from '../../../foundation/cli/command'
import type { ContainerView } from '../../../foundation/docker/engine/container-view'
import { bytesOf } from '../../../foundation/files/walker'
import { callHelper } from '../../../foundation/helper/call'
import { readJsonLines } from '../../../foundation/process/json-lines'
import type { Current } from '../core/merge'
import { type HelperStep, type State, type Step, formatQuestion } from '../core/step'
import { type ImageTree, readFiles } from './read-image'

/** A step that was not applied, and why. */
export interface Left {
  readonly step: Step
  readonly why: string
}

/** Asks the root helper for the state of paths in a volume. Throws KnownError. */
export async function readCurrent(
  host: Host,
  entry: string,
  asked: ReadonlyMap<string, number>,
): Promise<Current> {
  if (asked.size === 0) return new Map()
  const questions = [...asked].map(([path, largest]) => formatQuestion(path, largest)).join('')
  const states: (State | null)[] = []
  const onOutput = readJsonLines((state) => states.push(state as State | null))
  await callHelper(host, 'read', ['state', entry], { input: [bytesOf(questions)], onOutput })
  return new Map([...asked.keys()].map((path, index) => [path, states[index] ?? null]))
}

const line = (step: HelperStep) => `${JSON.stringify(step)}\n`

/**
 * Applies steps through the root helper, with the contents of the image's files as they arrive. Returns
 * the steps that were not applied. Throws KnownError if the helper stopped, for example on a full disk.
 */
export async function applyPlan(
  host: Host,
  view: ContainerView,
  image: ImageTree,
  entry: string,
  steps: readonly Step[],
): Promise<readonly Left[]> {
  const sent: Step[] = []
  async function* input(): AsyncGenerator<string | Uint8Array> {
    const writes = new Map<string, Step>()
    for (const step of steps) {
      if (step.kind === 'write') {
        writes.set(step.from, step)
        continue
      }
      sent.push(step)
      yield line(step)
    }
    for await (const file of readFiles(view, image, new Set(writes.keys()))) {
      const step = writes.get(file.path)
      if (!step) continue
      sent.push(step)
      yield line({ ...step, mtime: file.mtime })
      yield* file.pieces()
    }
  }
  const whys: (string | null)[] = []
  const onOutput = readJsonLines((why) => whys.push(why as string | null))
  await callHelper(host, 'write', ['merge', entry], { input: input(), onOutput })
  const left = sent.flatMap((step, index): Left[] => {
    const why = whys[index] === undefined ? 'no answer' : whys[index]
    return why === null ? [] : [{ step, why }]
  })
  const isSent = new Set(sent)
  const unread = steps.filter((step) => !isSent.has(step))
  return [...left, ...unread.map((step) => ({ step, why: 'it cannot be read from the image' }))]
}
