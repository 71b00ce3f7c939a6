import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Entry } from '../../../../src/persist/image-updates/core/manifest'
import { type HelperStep, PART } from '../../../../src/persist/image-updates/core/step'
import { directory, file, link, sha256 } from '../../../support/image-tree'
import { isRoot } from '../../../support/needs'
import { makePersistServer, mergeInput, type PersistServer } from '../../../support/persist-server'

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
const CHANGED = 'it has changed'

let base: string
let server: PersistServer
let volume: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'persist-'))
  server = makePersistServer(base)
  volume = server.volume
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

const sh = (script: string) => execFileSync('bash', ['-ec', script], { cwd: volume })
const old = file('old', own)
const fresh = file('new', own)
const write = (path: string, expected: Entry | null, wanted = fresh): HelperStep => ({
  kind: 'write',
  path,
  from: path,
  expected,
  wanted,
})

describe.each(['state', 'merge'])('%s', (verb) => {
  test.each(['', '.', '..', '../v', 'v/d', '/etc', 'V', '-v', 'legacy-v', 'v\n', 'a'.repeat(46)])(
    'the name %j is rejected',
    (name) => {
      const { status, stdout, stderr } = server.run([verb, name], '')
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain('Not the name of a volume')
    },
  )

  test('two names are rejected', () => {
    expect(server.run([verb, 'v', 'v'], '')).toMatchObject({ status: 1 })
  })

  test('a volume without a directory is one clear line', () => {
    const { status, stderr } = server.run([verb, 'other'], '')
    expect(status).toBe(1)
    expect(JSON.parse(stderr)).toEqual({
      message: 'The directory of the volume other does not exist',
    })
  })

  test('a volume that is a link is rejected', () => {
    symlinkSync('/etc', join(volume, '../other'))
    expect(server.run([verb, 'other'], '').stderr).toContain('is a symbolic link')
  })
})

describe('state', () => {
  test.each(['../x', '/etc/passwd', 'a//b', '.', '..', 'a/../../b', 'a/', './a'])(
    'the path %j is rejected',
    (path) => {
      const { status, stdout, stderr } = server.run(['state', 'v'], `9 ${path}\0`)
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toContain('Not a path in a volume')
    },
  )

  test.each(['x\0', ' x\0', '-1 x\0', '1e9 x\0', 'x 1\0', '\0'])(
    'the question %j is rejected',
    (field) => {
      expect(server.run(['state', 'v'], field)).toMatchObject({ status: 1, stdout: '' })
    },
  )

  test('a file, directory, link, pipe and nothing', () => {
    sh('printf old >f; chmod 640 f; mkdir -m 2750 d; touch d/1 d/2; ln -s /nowhere l; mkfifo p')
    expect(server.state(['f', 'd', 'l', 'p', 'n', 'f/x', 'd/x', 'l/x', ''])).toEqual([
      { ...old, mode: 0o640, names: 0 },
      { ...directory(own), mode: 0o2750, names: 2 },
      { ...link('/nowhere', own), names: 0 },
      expect.objectContaining({ type: 'other', hash: '' }),
      ...[null, null, null, null],
      expect.objectContaining({ type: 'directory', names: 4 }),
    ])
  })

  test.each(['a\nb', ' a ', '-rf', '\xc3\xa4', '\xff\xfe', 'a"b\\c', '$(x)', '..a'])(
    'the name %j',
    (name) => {
      const path = Buffer.concat([Buffer.from(`${volume}/`), Buffer.from(name, 'latin1')])
      writeFileSync(path, 'old')
      mkdirSync(Buffer.concat([path, Buffer.from('.d')]))
      writeFileSync(Buffer.concat([path, Buffer.from('.d/x')]), 'new')
      expect(server.state([name, `${name}.d/x`])).toMatchObject([
        { hash: old.hash },
        { hash: fresh.hash },
      ])
    },
  )

  test('what is behind a link is not read, inside or outside of the volume', () => {
    mkdirSync(join(base, 'outside'))
    writeFileSync(join(base, 'outside/secret'), 'secret')
    sh(
      `mkdir d; echo x >d/f; ln -s ${base}/outside out; ln -s d in; ln -s ${base}/outside/secret s`,
    )
    expect(server.state(['out/secret', 'in/f', 'out', 's'])).toMatchObject([
      null,
      null,
      { type: 'link' },
      { type: 'link', hash: `${base}/outside/secret` },
    ])
  })

  test('a file that is too large for the image is not read, nor is a name that is too long', () => {
    sh('echo x >f')
    truncateSync(join(volume, 'f'), 2 ** 43)
    expect(server.state(['f', 'n'.repeat(300)], 1000)).toEqual([
      expect.objectContaining({ type: 'file', hash: '', size: 2 ** 43 }),
      null,
    ])
  })
})

describe('merge', () => {
  test('each kind of step', () => {
    sh('printf old >f; printf old >g; mkdir d e; printf old >d/x; ln -s a l')
    const mode = { mode: 0o600 }
    const steps: [HelperStep, string?][] = [
      [{ kind: 'remove', path: 'd/x', expected: old }],
      [{ kind: 'rmdir', path: 'd', expected: directory(own) }],
      [{ kind: 'mkdir', path: 'm', wanted: directory({ ...own, mode: 0o1770 }) }],
      [{ kind: 'link', path: 'l', from: 'l', expected: link('a', own), wanted: link('b', own) }],
      [{ kind: 'link', path: 'k', from: 'k', expected: null, wanted: link('\xc3\xa4', own) }],
      [{ kind: 'set', path: 'g', expected: old, wanted: { ...old, ...mode } }],
      [
        {
          kind: 'set',
          path: 'e',
          expected: directory(own),
          wanted: directory({ ...own, ...mode }),
        },
      ],
      [write('f', old, { ...fresh, mode: 0o751 }), 'new'],
      [write('m/n', null), 'new'],
      [write('f.image-new', null, file('', own)), ''],
    ]
    const dated = steps.map(([step, content = '']): [HelperStep, string] => [
      step.kind === 'write' ? { ...step, mtime: 1_000_000_000.5 } : step,
      content,
    ])
    expect(server.merge(dated)).toEqual(steps.map(() => null))
    expect(readdirSync(volume).sort()).toEqual(['e', 'f', 'f.image-new', 'g', 'k', 'l', 'm'])
    expect([readFileSync(join(volume, 'f'), 'utf8'), readlinkSync(join(volume, 'l'))]).toEqual([
      'new',
      'b',
    ])
    expect(readlinkSync(join(volume, 'k'))).toBe('ä')
    const modes = ['f', 'g', 'e', 'm', 'm/n'].map(
      (path) => statSync(join(volume, path)).mode & 0o7777,
    )
    expect(modes).toEqual([0o751, 0o600, 0o600, 0o1770, 0o644])
    expect(statSync(join(volume, 'f')).mtimeMs).toBe(1_000_000_000_500)
    expect(statSync(join(volume, 'm/n')).nlink).toBe(1)
  })

  test('a large file comes in pieces', () => {
    const content = 'x'.repeat(3_000_000)
    const wanted = file(content, own)
    expect(
      server.merge([
        [write('a', null, wanted), content],
        [write('b', null), 'new'],
      ]),
    ).toEqual([null, null])
    expect(sha256(readFileSync(join(volume, 'a')))).toBe(wanted.hash)
  })

  describe('leaves alone what is not as expected, and goes on', () => {
    const was = 'printf old >f; '
    const wanted = { ...old, mode: 0o600 }
    const steps: Record<string, HelperStep> = {
      write: write('f', old),
      remove: { kind: 'remove', path: 'f', expected: old },
      set: { kind: 'set', path: 'f', expected: old, wanted },
      link: { kind: 'link', path: 'f', from: 'f', expected: old, wanted: link('x', own) },
    }
    test.each([
      ['other content', 'printf OLD >f'],
      [
        'other content of the same size and time',
        'touch -r f t; printf OLD >f; touch -r t f; rm t',
      ],
      ['more content', 'printf more >>f'],
      ['another mode', 'chmod 600 f'],
      ['a link to the same', 'mv f g; ln -s g f'],
      ['a directory', 'rm f; mkdir f'],
      ['a pipe', 'rm f; mkfifo f'],
      ['nothing', 'rm f'],
    ])('%s', (_, script) => {
      for (const step of Object.values(steps)) {
        rmSync(volume, { recursive: true })
        mkdirSync(volume)
        sh(was + script)
        const before = sh('ls -lAi --time-style=full-iso; if [ -f f ]; then cat f; fi').toString()
        const after: HelperStep = write('last', null)
        expect(
          server.merge([
            [step, step.kind === 'write' ? 'new' : ''],
            [after, 'new'],
          ]),
        ).toEqual([CHANGED, null])
        rmSync(join(volume, 'last'))
        const now = sh('ls -lAi --time-style=full-iso; if [ -f f ]; then cat f; fi').toString()
        expect(now.replace(/^total.*\n/, '')).toBe(before.replace(/^total.*\n/, ''))
      }
    })

    test.each<[string, string, HelperStep]>([
      ['a file where nothing was', 'printf mine >f', write('f', null)],
      ['a link where nothing was', 'ln -s x f', write('f', null)],
      [
        'a directory where nothing was',
        'mkdir f',
        { kind: 'mkdir', path: 'f', wanted: directory(own) },
      ],
      [
        'a file in an empty directory',
        'mkdir f; touch f/x',
        { kind: 'rmdir', path: 'f', expected: directory(own) },
      ],
      [
        'a link above',
        'mkdir d; printf old >d/f; ln -s d f',
        { kind: 'remove', path: 'f/f', expected: old },
      ],
      ['a file above', 'printf old >f', write('f/f', null)],
      ['nothing above', 'true', write('f/f', null)],
    ])('%s', (_, script, step) => {
      sh(script)
      const before = sh('find . -mindepth 1 -printf "%p %i %T@ %C@\\n" | sort').toString()
      expect(server.merge([[step, step.kind === 'write' ? 'new' : '']])).toEqual([CHANGED])
      expect(sh('find . -mindepth 1 -printf "%p %i %T@ %C@\\n" | sort').toString()).toBe(before)
    })
  })

  test.each<[string, unknown]>([
    ['a path above', write('../x', null)],
    ['an absolute path', write('/etc/x', null)],
    ['the volume itself', write('', null)],
    ['the name of the merge', write(PART, null)],
    ['something below it', write(`${PART}/x`, null)],
    ['no kind', { ...write('x', null), kind: 'chown' }],
    ['nothing wanted', { kind: 'write', path: 'x', expected: null }],
    ['nothing expected', { kind: 'remove', path: 'x' }],
    ['a hash that is none', write('x', null, { ...fresh, hash: 'abc' })],
    ['a file as a directory', { kind: 'mkdir', path: 'x', wanted: fresh }],
    ['a mode that is none', write('x', null, { ...fresh, mode: 0o10000 })],
    ['an owner that is none', write('x', null, { ...fresh, uid: -1 })],
    ['another owner that is none', write('x', null, { ...fresh, gid: 2 ** 32 - 1 })],
    ['a size that is none', write('x', null, { ...fresh, size: -3 })],
    [
      'an empty link',
      { kind: 'link', path: 'x', from: 'x', expected: null, wanted: link('', own) },
    ],
    ['text', 'x'],
    ['null', null],
  ])('a step with %s is rejected', (_, step) => {
    const { status, stderr } = server.run(['merge', 'v'], `${JSON.stringify(step)}\nnew`)
    expect([status, stderr]).toEqual([1, expect.stringContaining('no step')])
    expect(readdirSync(volume)).toEqual([])
  })

  test('what is not JSON is rejected', () => {
    expect(server.run(['merge', 'v'], 'x\n').stderr).toContain('not JSON')
  })

  test.each([0, 1, 2])('an input that ends after %d bytes of a file changes nothing', (bytes) => {
    sh('printf old >f')
    const whole = mergeInput([[write('f', old), 'new']])
    const { status, stderr } = server.run(
      ['merge', 'v'],
      whole.subarray(0, whole.length - 3 + bytes),
    )
    expect([status, stderr]).toEqual([1, expect.stringContaining('The input is incomplete')])
    expect(readdirSync(volume)).toEqual(['f'])
    expect(readFileSync(join(volume, 'f'), 'utf8')).toBe('old')
  })

  test('content that is not that of the image is not placed', () => {
    sh('printf old >f')
    expect(
      server.merge([
        [write('f', old), 'NEW'],
        [write('g', null), 'new'],
      ]),
    ).toEqual(['What came is not what the image has', null])
    expect(readFileSync(join(volume, 'f'), 'utf8')).toBe('old')
    expect(readdirSync(volume).sort()).toEqual(['f', 'g'])
  })

  test.each(['touch', 'mkdir', 'mkfifo', 'ln -s /etc/passwd'])(
    'what a killed run left (%s) is removed',
    (make) => {
      sh(`${make} ${PART}`)
      expect(server.merge([])).toEqual([])
      expect(readdirSync(volume)).toEqual([])
    },
  )

  test('a directory with files in the way is one clear line', () => {
    sh(`mkdir ${PART}; touch ${PART}/x`)
    expect(JSON.parse(server.run(['merge', 'v'], '').stderr)).toMatchObject({
      message: `${PART} in the volume is in the way`,
      hint: expect.stringContaining('Remove') as string,
    })
  })

  test('in a directory that passes its group on', () => {
    sh('chmod 2775 .')
    const wanted = directory({ ...own, mode: 0o700 })
    expect(server.merge([[{ kind: 'mkdir', path: 'd', wanted }]])).toEqual([null])
    expect(statSync(join(volume, 'd')).mode & 0o7777).toBe(0o700)
  })

  describe.skipIf(!isRoot)('owners (needs root)', () => {
    test('are set, with the setuid bit, and of the link itself', () => {
      mkdirSync(join(base, 'outside'))
      sh(`printf old >f; ln -s ${base}/outside l`)
      const owner = { uid: 1234, gid: 5678 }
      const target = `${base}/outside`
      const steps: [HelperStep, string?][] = [
        [write('f', old, { ...fresh, ...owner, mode: 0o4755 }), 'new'],
        [{ kind: 'set', path: 'l', expected: link(target), wanted: link(target, owner) }],
        [{ kind: 'link', path: 'k', from: 'k', expected: null, wanted: link(target, owner) }],
        [{ kind: 'mkdir', path: 'd', wanted: directory({ ...owner, mode: 0o2755 }) }],
      ]
      expect(server.merge(steps)).toEqual(steps.map(() => null))
      for (const path of ['f', 'l', 'k', 'd']) {
        expect(lstatSync(join(volume, path))).toMatchObject(owner)
      }
      expect(lstatSync(join(volume, 'f')).mode & 0o7777).toBe(0o4755)
      expect(lstatSync(join(volume, 'd')).mode & 0o7777).toBe(0o2755)
      expect(statSync(join(base, 'outside'))).toMatchObject({ uid: 0, gid: 0 })
    })

    test('a file that cannot be replaced does not stop the others', () => {
      sh('printf old >f')
      try {
        execFileSync('chattr', ['+i', join(volume, 'f')], { stdio: 'ignore' })
      } catch {
        return
      }
      try {
        expect(
          server.merge([
            [write('f', old), 'new'],
            [write('g', null), 'new'],
          ]),
        ).toEqual(['f: not permitted', null])
        expect(existsSync(join(volume, PART))).toBe(false)
      } finally {
        execFileSync('chattr', ['-i', join(volume, 'f')])
      }
    })
  })
})
