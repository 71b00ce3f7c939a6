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

/** The script around the compiler, with all its paths in a directory. */
describe('the rustc wrapper', () => {
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

  /** An sccache that prints its arguments, calls the compiler, and exits with a given status. */
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

  test('calls it by the name sccache: by any other it treats itself as a compiler', () =>
    expect(WRAPPER).toMatch(/\/sccache$/m))

  test('calls the mounted sccache, with a directory and a socket of its user', () => {
    sccache(MOUNTED)
    expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
  })

  test('tests once whether it runs', () => {
    sccache(MOUNTED)
    run()
    run()
    expect(calls()).toBe(3)
  })

  test('preserves the arguments of the call', () => {
    sccache(MOUNTED)
    program('bin/rustc', '#!/bin/sh\nfor word; do echo "<$word>"; done\n')
    const { stdout } = run({}, 'rustc', 'a b', '', '$x')
    expect(stdout).toBe(`${through}<a b>\n<>\n<$x>\n`)
  })

  test.each([['1'], ['101']])('a compiler that exits with %s is not called again', (exit) => {
    sccache(MOUNTED)
    const outcome = { status: Number(exit), stdout: `${through}rustc -vV\n` }
    expect(run({ RUSTC_EXIT: exit })).toEqual(outcome)
    expect(run({ RUSTC_EXIT: exit })).toEqual(outcome)
  })

  test.each([['2'], ['126'], ['127'], ['254']])(
    'an sccache that exits with %s is not used again',
    (exit) => {
      sccache(MOUNTED, exit)
      expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
      expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    },
  )

  test('an sccache that does not run here: calls the compiler', () => {
    program(MOUNTED, '#!/no/such/loader\n')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
  })

  test('a server that does not respond: calls the compiler', () => {
    program(MOUNTED, '#!/bin/sh\nexec sleep 60\n')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
  })

  test('it is tested with the settings of its server', () => {
    program(MOUNTED, `#!/bin/sh\necho "$1 $SCCACHE_DIR" | sed "s|${base}||g" >>${base}/calls\n`)
    run()
    expect(readFileSync(join(base, 'calls'), 'utf8')).toBe(
      `--show-stats /run/sccache/${uid}\nrustc /run/sccache/${uid}\n`,
    )
  })

  test('uses the one in the image if the mounted one does not run', () => {
    program(MOUNTED, '#!/no/such/loader\n')
    sccache('bin/sccache')
    expect(run()).toEqual({ status: 0, stdout: `${through}rustc -vV\n` })
  })

  test('no sccache: calls the compiler', () =>
    expect(run({ RUSTC_EXIT: '1' })).toEqual({ status: 1, stdout: 'rustc -vV\n' }))

  test('no directory for the socket: calls the compiler', () => {
    sccache(MOUNTED)
    rmSync(join(base, 'shm'), { recursive: true })
    writeFileSync(join(base, 'shm'), '')
    expect(run()).toEqual({ status: 0, stdout: 'rustc -vV\n' })
    expect(existsSync(join(base, 'calls'))).toBe(false)
  })

  test('no compiler: the error of the shell', () => {
    sccache(MOUNTED)
    expect(run({}, 'no-such-compiler').status).toBe(127)
  })
})
