/** Whether the frontend that a file asks for is Docker's own. */
export function isDockersFrontend(syntax: string | null): boolean {
  return (
    syntax === null || /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax)
  )
}

/** The frontend that knows `--device`, where nothing else is set. */
export const FRONTEND = 'docker/dockerfile:1-labs'

/** A rewritten file with the line that asks for the frontend, for builds that nobody gives it to. */
export function withFrontend(text: string): string {
  const line = `# syntax=${FRONTEND}`
  const own =
    /^(\ufeff?(?:#!.*\n)?(?:#[ \t]*(?:escape|check)[ \t]*=.*\n)*)#[ \t]*syntax[ \t]*=[^\r\n]*/i
  if (own.test(text)) return text.replace(own, `$1${line}`)
  return text.replace(/^(\ufeff?(?:#!.*\n)?)/, `$1${line}\n`)
}
