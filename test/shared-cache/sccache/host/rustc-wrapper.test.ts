import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROGRAMS,
  SCCACHE_FILE,
  SCCACHE_VERSION,
  WRAPPER,
} from '../../../../src/shared-cache/catalogue/core/sccache'

/** The script before the compiler, with everything that it knows inside a directory. */
describe('the wrapper of rustc', () => {
  let base: string

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shared-cache-'))
    for (const name of ['shm', 'bin', 'run/sccache'])
      mkdirSync(join(base, name), { recursive: true })
    const text = WRAPPER.replaceAll('/dev/shm', `${base}/shm`)
      .replaceAll('/run/shared-cache', `${base}/run`)
      .replace(' 60"', ' 1"')
    program('wrapper', text)
    program('bin/rustc', '#!/bin/sh\necho "rustc $*"\nexit ${RUSTC_EXIT:-0}\n')
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  function program(name: string, text: string): void {
    const path = join(base, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }

  /** An sccache that says what it was given, calls the compiler, and ends as it is told to. */
  function sccache(name: string, exit = ''): void {
    const ends = exit === '' ? 'exec "$@"' : `exit ${exit}`
    const asked = `[ "$1" = --show-stats ] && exit 0\n`
    const said = `echo "sccache $SCCACHE_DIR $SCCACHE_SERVER_UDS" | sed "s|${base}||g"\n`
    program(name, `#!/bin/sh\necho called >>${base}/calls\n${asked}${said}${ends}\n`)
  }

  const MOUNTED = `run/${PROGRAMS}/${SCCACHE_VERSION}/${SCCACHE_FILE}`
  const uid = String(process.getuid?.())
  const through = `sccache /run/sccache/${uid} /shm/shared-cache-sccache-${uid}/socket\n`

  function run(env: Record<string, string> = {}, ...args: string[]) {
    const PATH = `${base}/bin:/usr/bin:/bin`
    const words = args.length > 0 ? args : ['rustc', '-vV']
    const { status, stdout } = spawnSync(join(base, 'wrapper'), words, {
      env: { PATH, ...env },
      encoding: 'utf8',
    })
    return { status, stdout }
  }
  const calls = () => readFileSync(join(base, 'calls'), 'utf8').split('\n').length - 1

  test('calls it by its own name: sccache takes itself for a compiler by any other', () =>
    expect(WRAPPER).toMatch(/\/sccache$/m))

  test('calls the mounted sccache, in a directory and with a socket of its own user', () => {
    sccache(MOUNTED)
    expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
  })

  test('tries once whether it runs', () => {
    sccache(MOUNTED)
    run()
    run()
    expect(calls()).toBe(3)
  })

  test('keeps the words of the call', () => {
    sccache(MOUNTED)
    program('bin/rustc', '#!/bin/sh\nfor word; do echo "<$word>"; done\n')
    const { stdout } = run({}, 'rustc', 'a b', '', '$x')
    expect(stdout).toBe(`${through}<a b>\n<>\n<$x>\n`)
  })

  test.each([['1'], ['101']])('a compiler that ends with %s is not called again', (exit) => {
    sccache(MOUNTED)
    const outcome = { status: Number(exit), stdout: `${through}rustc -vV\n` }
    expect(run({ RUSTC_EXIT: exit })).toEqual(outcome)
    expect(run({ RUSTC_EXIT: exit })).toEqual(outcome)
  })

  test.each([['2'], ['126'], ['127'], ['254']])(
    'an sccache that ends with %s is left alone from then on',
    (exit) => {
      sccache(MOUNTED, exit)
      expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
      expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    },
  )

  test('an sccache that does not run here: the compiler itself', () => {
    program(MOUNTED, '#!/no/such/loader\n')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
  })

  test('a server that does not answer: the compiler itself', () => {
    program(MOUNTED, '#!/bin/sh\nexec sleep 60\n')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
  })

  test('it is asked with what its server starts with', () => {
    program(MOUNTED, `#!/bin/sh\necho "$1 $SCCACHE_DIR" | sed "s|${base}||g" >>${base}/calls\n`)
    run()
    expect(readFileSync(join(base, 'calls'), 'utf8')).toBe(
      `--show-stats /run/sccache/${uid}\nrustc /run/sccache/${uid}\n`,
    )
  })

  test('the one of the image, where that which is mounted does not run', () => {
    program(MOUNTED, '#!/no/such/loader\n')
    sccache('bin/sccache')
    expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
  })

  test('no sccache anywhere: the compiler itself', () =>
    expect(run({ RUSTC_EXIT: '1' })).toEqual({ status: 1, stdout: 'rustc -vV\n' }))

  test('nowhere to put the socket: the compiler itself', () => {
    sccache(MOUNTED)
    rmSync(join(base, 'shm'), { recursive: true })
    writeFileSync(join(base, 'shm'), '')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(existsSync(join(base, 'calls'))).toBe(false)
  })

  test('no compiler: what the shell says', () => {
    sccache(MOUNTED)
    expect(run({}, 'no-such-compiler').status).toBe(127)
  })
})
