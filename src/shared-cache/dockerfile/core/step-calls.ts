import type { CallPlace, StepCalls } from '../../shell/core/call'
import { readCalls } from '../../shell/core/calls'
import { execWords, type Instruction } from './parse'

/** A step that no shell reads. */
const NO_CALLS: StepCalls = { calls: [], assigned: new Map(), unclear: null }

/** Where an instruction runs. */
export interface StepPlace extends CallPlace {
  /** Whether a known shell reads the shell form. */
  readonly shell: boolean
}

/** The programs that a RUN, CMD or ENTRYPOINT calls. */
export function callsIn({ args, heredocs }: Instruction, place: StepPlace): StepCalls {
  const words = execWords(args)
  if (words) return readCalls({ words }, place)
  if (!place.shell) return NO_CALLS
  // BuildKit runs a heredoc without a command as a script.
  const isScript = /^\d*<<-?\s*['"]?\w+['"]?\s*$/.test(args)
  if (isScript) return readCalls({ scripts: heredocs.map(({ content }) => content) }, place)
  const documents = heredocs.map(({ name, content }) => `\n${content}\n${name}`).join('')
  return readCalls({ text: args + documents }, place)
}
