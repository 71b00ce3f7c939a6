/** The build options that matter for rewriting (`docker-options:add APP build …`). */
export interface BuildOptions {
  readonly buildArgs: ReadonlyMap<string, string>
  /** The selected builder; null for the Engine's own. */
  readonly builder: string | null
  /** The stage that is built, '' for the last one. */
  readonly target: string
  /** The target platform, '' for the Engine's own. */
  readonly platform: string
}

/** Words of a line of options, without their quotes. */
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
