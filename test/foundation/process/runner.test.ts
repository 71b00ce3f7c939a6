import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callNow, NODE } from '../../../src/foundation/process/call'
import { EXECA } from '../../../src/foundation/process/execa'
import { makeRunner } from '../../../src/foundation/process/runner'

const MISSING = 'no-such-program-anywhere'

let directory: string
beforeAll(() => (directory = realpathSync(mkdtempSync(join(tmpdir(), 'runner-')))))
afterAll(() => rmSync(directory, { recursive: true }))

async function piecesOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function* pieces(...texts: string[]) {
  for (const text of texts) {
    await sleep(1)
    yield text
  }
}

async function* brokenPieces() {
  yield await Promise.resolve('one')
  throw new Error('the source broke')
}

describe.each([
  ["Node's own means, for triggers", NODE, 'call', 'NODE'],
  ['execa, for the command line', EXECA, 'execa', 'EXECA'],
] as const)('programs started by %s', (_, programs, module, name) => {
  const runner = makeRunner(false, programs)
  const sh = (script: string, options?: Parameters<typeof runner.read>[2]) =>
    runner.read('sh', ['-c', script], options)

  test.each([
    ['success', 'echo out; echo err >&2', { exit: 0, stdout: 'out', stderr: 'err' }],
    ['failure', 'echo out; exit 3', { exit: 3, stdout: 'out', stderr: '' }],
    ['only the last newline is cut', 'printf "a\\n\\n"', { exit: 0, stdout: 'a\n', stderr: '' }],
    ['a signal', 'kill -KILL $$', { exit: 1, stdout: '', stderr: 'sh was ended by SIGKILL' }],
    [
      'a signal after a message',
      'echo why >&2; kill -KILL $$',
      { exit: 1, stdout: '', stderr: 'why' },
    ],
    ['no stdin', 'cat', { exit: 0, stdout: '', stderr: '' }],
  ])('%s', async (_name, script, outcome) => {
    expect(await sh(script)).toEqual(outcome)
  })

  test.each([
    ['a text', 'one\ntwo', 'one\ntwo'],
    ['an empty text', '', ''],
    ['pieces', ['one', Buffer.from('two')], 'onetwo'],
    ['pieces that come later', pieces('one', 'two'), 'onetwo'],
  ])('input: %s', async (_name, input, stdout) => {
    expect(await sh('cat', { input })).toEqual({ exit: 0, stdout, stderr: '' })
  })

  test('a program need not read its input', async () => {
    expect((await sh('exit 2', { input: 'x'.repeat(1_000_000) })).exit).toBe(2)
  })

  test('an endless input stops with the program', async () => {
    let ended = false
    const endless = (function* () {
      try {
        for (;;) yield 'x'.repeat(10_000)
      } finally {
        ended = true
      }
    })()
    expect(await sh('head -c 3', { input: endless })).toMatchObject({ exit: 0, stdout: 'xxx' })
    expect(ended).toBe(true)
  })

  test("a failing input is an error, and the program's stdin ends", async () => {
    const file = join(directory, name)
    const call = sh(`cat >${file}; echo ended >>${file}`, { input: brokenPieces() })
    await expect(call).rejects.toThrow('the source broke')
    await expect
      .poll(() => spawnSync('cat', [file], { encoding: 'utf8' }).stdout)
      .toMatch(/ended\n$/)
  })

  test('directory and variables', async () => {
    const options = { cwd: directory, env: { RUNNER_TEST: 'given' } }
    const { stdout } = await sh('pwd; echo $RUNNER_TEST; echo ${PATH:+kept}', options)
    expect(stdout).toBe(`${directory}\ngiven\nkept`)
  })

  test('output and errors are passed on unchanged', async () => {
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    const onOutput = (chunk: Buffer) => out.push(chunk)
    const onError = (chunk: Buffer) => err.push(chunk)
    const outcome = await sh('printf "\\377\\n"; printf e >&2', { onOutput, onError })
    expect(outcome).toEqual({ exit: 0, stdout: '', stderr: '' })
    expect([Buffer.concat(out), Buffer.concat(err)]).toEqual([
      Buffer.from([0xff, 0x0a]),
      Buffer.from('e'),
    ])
  })

  test('a slow reader gets one chunk at a time, and all of them before the call ends', async () => {
    let reading = 0
    let together = 0
    let bytes = 0
    // The program exits long before its output is read.
    await runner.read('head', ['-c', '500000', '/dev/zero'], {
      onOutput: async (chunk) => {
        reading += 1
        together = Math.max(together, reading)
        await sleep(5)
        bytes += chunk.length
        reading -= 1
      },
    })
    expect({ together, bytes, reading }).toEqual({ together: 1, bytes: 500_000, reading: 0 })
  })

  test('a reader that rejects ends the call', async () => {
    const onOutput = () => Promise.reject(new Error('no more'))
    await expect(runner.read('echo', ['x'], { onOutput })).rejects.toThrow('no more')
  })

  test.each([
    ['that sleeps', 'sleep 60'],
    ['whose own program keeps the output open', 'sleep 20 & sleep 60'],
    ['that has ended, but not its own program', 'sleep 20 &'],
  ])('a timeout terminates a program %s, with a message', async (_name, script) => {
    expect(await sh(script, { timeout: 300 })).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'sh did not finish within 0.3 seconds',
    })
  })

  test('a missing program is exit code 127', async () => {
    expect(await runner.read(MISSING, [], { timeout: 60_000 })).toEqual({
      exit: 127,
      stdout: '',
      stderr: `${MISSING}: command not found`,
    })
  })

  test('a missing program does not keep this process alive until its timeout', async () => {
    const bundle = join(directory, `${module}.cjs`)
    const contents = `import { ${name} as programs } from './src/foundation/process/${module}'
      void programs.call('${MISSING}', [], { input: 'x', timeout: 60_000 }).then(({ exit }) => console.log(exit))
      void programs.stream('${MISSING}', [], { timeout: 60_000 }).next().catch(() => console.log('none'))`
    await build({
      stdin: { contents, resolveDir: process.cwd() },
      outfile: bundle,
      bundle: true,
      platform: 'node',
      format: 'cjs',
    })
    const { status, stdout } = spawnSync(process.execPath, [bundle], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    expect([status, stdout.split('\n').sort()]).toEqual([0, ['', '127', 'none']])
  })

  test.each([
    ['the last line of its stderr', 'echo out; echo one >&2; echo two >&2; exit 3', 'two'],
    ["without Dokku's mark", 'echo " !     not there" >&2; exit 3', 'not there'],
    ['the last line of its stdout', 'echo one; echo two; exit 3', 'two'],
    ['its name', 'exit 3', 'sh failed'],
  ])('a failing write is an error: %s', async (_name, script, message) => {
    await expect(runner.write('sh', ['-c', script])).rejects.toMatchObject({
      name: 'KnownError',
      message,
      exit: 3,
      cause: { exit: 3 },
    })
  })

  test('a dry run reads, and refuses to write', async () => {
    const dry = makeRunner(true, programs)
    expect((await dry.read('echo', ['x'])).stdout).toBe('x')
    expect(await piecesOf(dry.stream('echo', ['x']))).toBe('x\n')
    await expect(dry.write('touch', [join(directory, 'made')])).rejects.toThrow(/dry run.*touch/)
  })

  describe('a stream', () => {
    test('yields everything', async () => {
      const stream = runner.stream('head', ['-c', '500000', '/dev/zero'])
      expect((await piecesOf(stream)).length).toBe(500_000)
    })

    test.each([
      ['a failure', 'echo part; echo why >&2; exit 3', 'why'],
      ['a signal', 'echo part; kill -KILL $$', 'sh was ended by SIGKILL'],
      ['a time-out', 'echo part; sleep 60', 'sh did not finish within 0.3 seconds'],
    ])('%s is an error, after the output before it', async (_name, script, message) => {
      const got: string[] = []
      const read = async () => {
        for await (const chunk of runner.stream('sh', ['-c', script], { timeout: 300 })) {
          got.push(Buffer.from(chunk).toString())
        }
      }
      await expect(read()).rejects.toMatchObject({ name: 'KnownError', message })
      expect(got.join('')).toBe('part\n')
    })

    test('a missing program is an error', async () => {
      await expect(piecesOf(runner.stream(MISSING, []))).rejects.toMatchObject({
        name: 'KnownError',
        message: `${MISSING}: command not found`,
        exit: 127,
      })
    })

    test('a reader that stops ends the program', async () => {
      const script = 'echo $$; exec sleep 60'
      let pid = ''
      for await (const chunk of runner.stream('sh', ['-c', script])) {
        pid = Buffer.from(chunk).toString().trim()
        break
      }
      await expect.poll(() => spawnSync('kill', ['-0', pid]).status).not.toBe(0)
    })
  })
})

describe('a synchronous call', () => {
  test.each([
    ['success', 'sh', ['-c', 'echo out'], { exit: 0, stdout: 'out\n', stderr: '' }],
    ['failure', 'sh', ['-c', 'echo why >&2; exit 3'], { exit: 3, stdout: '', stderr: 'why\n' }],
  ])('%s', (_, file, args, outcome) => expect(callNow(file, args)).toEqual(outcome))

  test('a missing program is exit code 127', () => expect(callNow(MISSING, []).exit).toBe(127))
})
