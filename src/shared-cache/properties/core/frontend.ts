/** Whether the frontend that a file requests is Docker's own; null requests none. */
export function isDockersFrontend(syntax: string | null): boolean {
  return (
    syntax === null || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax)
  )
}

/** The default frontend, which supports `--device`. */
export const FRONTEND = 'docker/dockerfile:1-labs'

/** A rewritten file with the line that requests the frontend, for builds outside of Dokku. */
export function withFrontend(text: string): string {
  const line = `# syntax=${FRONTEND}`
  const own =
    /^(\ufeff?(?:#!.*\n)?(?:#[ \t]*(?:escape|check)[ \t]*=.*\n)*)#[ \t]*syntax[ \t]*=[^\r\n]*/i
  if (own.test(text)) return text.replace(own, `$1${line}`)
  return text.replace(/^(\ufeff?(?:#!.*\n)?)/, `$1${line}\n`)
}
