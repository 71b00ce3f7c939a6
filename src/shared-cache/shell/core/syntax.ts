import { parse, type Script } from 'unbash'

/** A shell text as a syntax tree of plain objects. */
export interface ShellSyntax {
  readonly script: Script
  /** What a shell would refuse, in the parser's words; null for a text that it accepts. */
  readonly error: string | null
}

/**
 * Parses a shell text. The parser resolves words lazily, behind getters; the JSON form of its tree has
 * all of them. It reads bash, which accepts what the other shells of Dockerfiles accept.
 */
export function parseShell(text: string): ShellSyntax {
  const script = JSON.parse(JSON.stringify(parse(text))) as Script
  const [error = null] = errorsIn(script)
  return { script, error }
}

/** Calls `visit` for an object and the objects in it; one for which `visit` returns true is not entered. */
function visitObjects(value: unknown, visit: (object: Record<string, unknown>) => boolean): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const each of value) visitObjects(each, visit)
    return
  }
  const object = value as Record<string, unknown>
  if (!visit(object)) visitObjects(Object.values(object), visit)
}

function errorsIn(script: Script): readonly string[] {
  const found: string[] = []
  visitObjects(script, ({ errors }) => {
    if (Array.isArray(errors)) found.push(...errors.map(({ message }) => String(message)))
    return false
  })
  return found
}

/** The outermost scripts of substitutions in a node: `$(…)`, backticks, `<(…)`. */
export function scriptsIn(node: unknown): readonly Script[] {
  const found: Script[] = []
  visitObjects(node, (object) => {
    if (object.type === 'Script') found.push(object as unknown as Script)
    return object.type === 'Script'
  })
  return found
}

/** The words of the substitutions in a text, which become a part of it. */
export function wordsOfScripts(text: string): readonly string[] {
  return /[`(]/.test(text) ? scriptsIn(parseShell(text).script.commands).flatMap(wordsIn) : []
}

/** All words of the commands in a node, and the texts of its here-documents. */
export function wordsIn(node: unknown): readonly string[] {
  const found: string[] = []
  visitObjects(node, (object) => {
    if (object.type === 'Word') found.push(String(object.value))
    if (object.type === 'HereDocBody') found.push(String(object.text))
    return (
      object.type === 'Word' || object.type === 'HereDocBody' || object.type === 'HereDocDelimiter'
    )
  })
  return found
}
