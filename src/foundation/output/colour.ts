/** The colours of results: problems, warnings, ok. */
export type Colour = 'red' | 'yellow' | 'green'

/** Colours a text; returns it unchanged if the output has no colours. */
export type Paint = (colour: Colour, text: string) => string

const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33 }

export const noColour: Paint = (_, text) => text

/**
 * Whether output has colours: on a terminal, unless NO_COLOR is set (https://no-color.org) or the
 * terminal is `dumb`. FORCE_COLOR enables colours without a terminal, `FORCE_COLOR=0` disables them.
 */
export function hasColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (env['NO_COLOR']) return false
  if (env['FORCE_COLOR']) return !/^(?:0|false)$/i.test(env['FORCE_COLOR'])
  return isTerminal && env['TERM'] !== 'dumb'
}

export function makePaint(hasColours: boolean): Paint {
  if (!hasColours) return noColour
  return (colour, text) => (text === '' ? '' : `\u001b[${CODES[colour]}m${text}\u001b[39m`)
}
