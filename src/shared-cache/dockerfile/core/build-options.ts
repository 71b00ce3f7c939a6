/** What matters here of the options that a build is given (`docker-options:add APP build …`). */
export interface BuildOptions {
  readonly buildArgs: ReadonlyMap<string, string>
  /** The builder that is asked for; null for the engine's own. */
  readonly builder: string | null
  /** The stage that is built, '' for the last one. */
  readonly target: string
  /** The platform that is built for, '' for the Engine's own. */
  readonly platform: string
}

/** Words of a line of options, their quotes taken away. */
function split(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, '$1$2$3'),
  )
}

export function parseBuildOptions(line: string): BuildOptions {
  const words = split(line)
  const values = (name: string) =>
    words.flatMap((word, index) => {
      if (word === name) return [words[index + 1] ?? '']
      return word.startsWith(`${name}=`) ? [word.slice(name.length + 1)] : []
    })
  const buildArgs = new Map(
    values('--build-arg')
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  return {
    buildArgs,
    builder: values('--builder').at(-1) ?? null,
    platform: values('--platform').at(-1) ?? '',
    target: values('--target').at(-1) ?? '',
  }
}
