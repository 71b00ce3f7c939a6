import { execa } from 'execa'
import { version } from '../../package.json'

const BUNDLE = `dist/dokku-shared-cache-${version}/shared-cache.cjs`

export interface Ran {
  readonly exit: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program like a server: the built bundle, without a terminal; `through` are words before it. */
export async function runBundle(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
  through: readonly string[] = [],
): Promise<Ran> {
  const options = { reject: false, input, env } as const
  const [file = '', ...rest] = [...through, process.execPath, BUNDLE, ...args]
  const { exitCode, stdout, stderr } = await execa(file, rest, options)
  return { exit: exitCode, stdout, stderr }
}
