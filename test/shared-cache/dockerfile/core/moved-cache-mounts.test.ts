import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyEdits, inverse } from '../../../../src/shared-cache/dockerfile/core/edits'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'
import { byDevice } from '../../../../src/shared-cache/devices/core/known-cache-mounts'
import { mountDevice, mountKey } from '../../../../src/shared-cache/catalogue/core/cache-mounts'
import { CATALOGUE, DEFAULT_CACHES } from '../../../../src/shared-cache/catalogue/core/catalogue'

const facts = {
  caches: DEFAULT_CACHES,
  browsers: null,
  buildArgs: new Map<string, string>(),
  cacheMounts: 'all' as const,
}
const plan = (...lines: string[]) => planRewriting(['FROM base', ...lines, ''].join('\n'), facts)
const mount = (rest: string) => `RUN --mount=type=cache,${rest} make`

/** The cache mounts of a file: what each is in shared storage, or why it stays. */
const fates = (...lines: string[]) =>
  plan(...lines).steps.flatMap(({ mounts }) =>
    mounts.map(({ shared, why }) => why ?? `${shared?.id ?? ''} at ${shared?.target ?? ''}`),
  )

describe('a cache mount moves, its id as BuildKit has it', () => {
  test.each<[string[], string]>([
    [[mount('target=/app/target')], '//app/target at /app/target'],
    [[mount('dst=/app/target/')], '//app/target at /app/target'],
    [[mount('destination=/app//./target')], '//app/target at /app/target'],
    [[mount('target=/x,id=gradle')], '/gradle at /x'],
    [[mount('target=/x,id=')], '//x at /x'],
    [[mount('target=/x,sharing=shared,readonly=false,source=/')], '//x at /x'],
    [['WORKDIR /app', mount('target=target')], '/target at /app/target'],
    [
      ['WORKDIR /app', 'WORKDIR web', mount('target=./.next/cache')],
      '/.next/cache at /app/web/.next/cache',
    ],
    [['ARG DIR=/srv', 'WORKDIR $DIR', mount('target=out')], '/out at /srv/out'],
    [['ENV HOME=/home/me', mount('target=$HOME/.gradle')], '//home/me/.gradle at /home/me/.gradle'],
    [['ARG ID=a', mount('target=/x,id=${ID}-b')], '/a-b at /x'],
    [[`RUN --mount="type=cache,target=/x" make`], '//x at /x'],
    [[mount('target=/root/.npm') + ' && npm cache clean --force'], '//root/.npm at /root/.npm'],
    [[mount('target=/go/pkg/mod')], '//go/pkg/mod at /go/pkg/mod'],
  ])('%j: %s', (lines, fate) => expect(fates(...lines)).toEqual([fate]))

  test('in the namespace of the build', () => {
    const buildArgs = new Map([['BUILDKIT_CACHE_MOUNT_NS', 'mine']])
    const { mounts } = planRewriting(`FROM base\n${mount('target=/x')}\n`, { ...facts, buildArgs })
    expect(mounts.map(({ id }) => id)).toEqual(['mine//x'])
  })

  test.each<[string, string[], string]>([
    [
      'declared in the stage',
      ['FROM a', 'ARG TARGETARCH', mount('target=/x,id=$TARGETARCH')],
      '/amd64',
    ],
    [
      'declared before the first FROM too',
      ['ARG TARGETARCH', 'FROM a', 'ARG TARGETARCH', mount('target=/x,id=$TARGETARCH')],
      '/amd64',
    ],
    [
      'with a default, which wins',
      ['FROM a', 'ARG TARGETARCH=mine', mount('target=/x,id=$TARGETARCH')],
      '/mine',
    ],
    [
      'of the whole platform',
      ['FROM a', 'ARG TARGETPLATFORM', mount('target=/x,id=$TARGETPLATFORM')],
      '/linux/amd64',
    ],
    [
      'in the name of the base',
      ['FROM a-$TARGETARCH', 'ARG BUILDARCH', mount('target=/x,id=$BUILDARCH')],
      '/amd64',
    ],
  ])('by the platform, %s', (_, lines, id) => {
    const { mounts, finalBase } = planRewriting(`${lines.join('\n')}\n`, {
      ...facts,
      architecture: 'amd64',
    })
    expect(mounts.map((each) => each.id)).toEqual([id])
    expect(finalBase?.reference).toMatch(/^a(-amd64)?$/)
  })

  test('by the platform, as --build-arg has it', () => {
    const buildArgs = new Map([['TARGETARCH', 'given']])
    const text = `FROM a\nARG TARGETARCH\n${mount('target=/x,id=$TARGETARCH')}\n`
    const { mounts } = planRewriting(text, { ...facts, buildArgs, architecture: 'amd64' })
    expect(mounts.map(({ id }) => id)).toEqual(['/given'])
  })

  test('at the WORKDIR that a stage goes on from', () => {
    const lines = ['WORKDIR /a', 'FROM base AS b', 'WORKDIR /b', 'FROM b', mount('target=t')]
    expect(fates(...lines)).toEqual(['/t at /b/t'])
  })
})

describe('a cache mount stays', () => {
  test.each<[string, string[]]>([
    ['special', [mount('target=/x,sharing=locked')]],
    ['special', [mount('target=/x,sharing=private')]],
    ['special', [mount('target=/x,sharing=$S')]],
    ['special', [mount('target=/x,from=other')]],
    ['special', [mount('target=/x,source=/y')]],
    ['special', [mount('target=/x,ro')]],
    ['special', [mount('target=/x,rw=false')]],
    ['special', [mount('target=/x,size=1g')]],
    ['unknown', [mount('target=$X')]],
    ['unknown', [mount('target=${X:-/x}')]],
    ['unknown', ['ARG X', mount('target=$X')]],
    ['unknown', [mount('target=/x,id=$TARGETARCH')]],
    ['unknown', [mount('target=target')]],
    ['unknown', ['WORKDIR $X', mount('target=target')]],
    ['unknown', ['WORKDIR /a', 'WORKDIR ..', mount('target=target')]],
    ['unknown', [mount('target=/a/../b')]],
    ['unknown', [mount('id=x')]],
    ...['/', '//', '/etc', '/etc/hosts', '/proc', '/proc/self', '/sys/fs', '/dev/shm', '/run'].map(
      (place): [string, string[]] => ['place', [mount(`target=${place}`)]],
    ),
    ['place', [mount('target=/run/shared-cache')]],
    ['place', [mount('target=/run/shared-cache/npm')]],
    ['place', [mount('target=/var/run/shared-cache/npm')]],
    ['place', [mount('target=/run/secrets/x')]],
    ['place', [mount('target=/x\u00e9')]],
    ['place', [mount('target=/x\u0007')]],
    ['place', [mount(`target=/${'x'.repeat(5000)}`)]],
    ['place', [mount(`target=/x,id=${'x'.repeat(5000)}`)]],
    ['place', [mount('target=/x,uid=root')]],
    ['place', [mount('target=/x,mode=9')]],
    ['place', [mount('target=/x,mode=77777')]],
    ['nested', ['RUN --mount=type=cache,target=/x --mount=target=/x/y make']],
    ['nested', ['RUN --mount=type=cache,target=/x/y --mount=target=/x make']],
    ['nested', ['RUN --mount=type=cache,target=/x --mount=type=tmpfs,target=$Y make']],
    ['off', ['# shared-cache: off', mount('target=/x')]],
  ])('%s: %j', (why, lines) => expect(fates(...lines)).toEqual([why]))

  test.each<[string, string[], string[]]>([
    [
      'both that are nested',
      ['RUN --mount=type=cache,target=/x --mount=type=cache,target=/x/y a'],
      ['nested', 'nested'],
    ],
    [
      'all of an id of which one stays',
      [mount('id=a,target=/x'), mount('id=a,target=/y,ro')],
      ['sibling', 'special'],
    ],
    [
      'all of an id of which one is switched off',
      [mount('id=a,target=/x'), '# shared-cache: off', mount('id=a,target=/x')],
      ['sibling', 'off'],
    ],
    [
      'none beside a secret',
      ['RUN --mount=type=cache,target=/x --mount=type=secret,id=s a'],
      ['//x at /x'],
    ],
    [
      'none where a package manager has its own',
      [
        'RUN --mount=type=cache,target=/root/.cache --mount=type=cache,target=/root/.cache/pip pip install a',
      ],
      ['//root/.cache at /root/.cache'],
    ],
  ])('%s', (_, lines, expected) => expect(fates(...lines)).toEqual(expected))

  test('what is more than one file may have', () => {
    const many = Array.from({ length: 20 }, (_, index) => mount(`target=/x${index}`))
    const reasons = plan(...many).steps.flatMap(({ mounts }) => mounts.map(({ why }) => why))
    expect(reasons).toEqual([...Array<null>(16).fill(null), ...Array<string>(4).fill('many')])
  })
})

describe('the device of a cache mount', () => {
  const [a, b, c, d] = plan(
    mount('target=/x,id=a'),
    mount('target=/y,id=a'),
    mount('target=/x,id=a,uid=1000'),
    mount('target=/x,id=a,mode=0777'),
  ).mounts
  test('is another one for another place, the directory is the same', () => {
    expect(a && b && [mountKey(a) === mountKey(b), mountDevice(a) === mountDevice(b)]).toEqual([
      true,
      false,
    ])
  })
  test('has another directory for another owner or mode', () => {
    expect(new Set([a, c, d].map((one) => one && mountKey(one))).size).toBe(3)
  })
  test('stands where the mount stood, beside that of a package manager', () => {
    const { text } = plan('RUN --mount=type=cache,target=/x \\\n  npm ci')
    expect(text).toMatch(
      /^FROM base\nRUN --device=dokku\.com\/shared-cache=npm --device=dokku\.com\/shared-cache=mount-[0-9a-f]{16} \\\n {2}npm ci\n$/,
    )
  })
})

describe('a request for the device of a mount', () => {
  const once = plan(mount('target=/x'))
  const known = byDevice(once.mounts)
  const again = (given: object) => planRewriting(once.text, { ...facts, ...given })

  test('stays where the file was rewritten here, and is one of its devices', () =>
    expect(again({ knownMounts: known })).toMatchObject({ text: once.text, devices: once.devices }))
  test.each([
    ['nobody knows it', { knownMounts: new Map() }],
    ['the app is not to have them', { knownMounts: known, cacheMounts: 'known' as const }],
  ])('is taken out where %s', (_, given) => expect(again(given).text).toBe('FROM base\nRUN make\n'))
})

describe('for every file with cache mounts', () => {
  const target = fc.constantFrom(
    ...['/x', '/x/y', '/app/target', 'target', '$HOME/.gradle', '/root/.npm', '/root/.cache/pip'],
    ...[
      '/root/.cargo',
      '/usr/local/cargo/registry',
      '/',
      '/run',
      '/a/../b',
      '${X:-/z}',
      '/root/.cache',
    ],
  )
  const rest = fc.constantFrom(
    '',
    ',id=a',
    ',id=b',
    ',uid=1',
    ',mode=0777',
    ',sharing=locked',
    ',ro',
    ',from=b',
  )
  const cacheMount = fc
    .tuple(target, rest)
    .map(([at, more]) => `--mount=type=cache,target=${at}${more}`)
  const other = fc.constantFrom(
    '--mount=target=/x',
    '--mount=type=tmpfs,target=/y',
    '--network=none',
  )
  const command = fc.constantFrom(
    'make',
    'npm ci',
    'pip install a',
    'cargo build',
    'npm cache clean',
    '["a"]',
  )
  const between = fc.constantFrom(' ', ' \\\n  ', ' \\\n# why\n ')
  const run = fc
    .tuple(
      fc.array(fc.oneof({ weight: 4, arbitrary: cacheMount }, other), { maxLength: 3 }),
      between,
      command,
    )
    .map(([flags, space, words]) => ['RUN', ...flags, words].join(space))
  const line = fc.constantFrom(
    'FROM base AS b',
    'FROM b',
    'WORKDIR /app',
    'ENV HOME=/root',
    'ARG X=/q',
    '# shared-cache: off',
  )
  const file = fc
    .array(fc.oneof({ weight: 3, arbitrary: run }, line), { maxLength: 25, size: 'max' })
    .map((lines) => ['FROM base', ...lines, ''].join('\n'))
  const everything = { ...facts, caches: CATALOGUE.map(({ name }) => name) }

  test('rewriting is the same each time, is undone, and twice changes nothing more', () => {
    let moved = 0
    fc.assert(
      fc.property(file, fc.constantFrom(facts, everything), (text, given) => {
        const once = planRewriting(text, given)
        moved += once.mounts.length
        expect(planRewriting(text, given).text).toBe(once.text)
        expect(applyEdits(once.text, inverse(text, once.edits))).toBe(text)
        const twice = planRewriting(once.text, { ...given, knownMounts: byDevice(once.mounts) })
        expect(twice.edits).toEqual([])
        expect(twice.devices).toEqual(once.devices)
      }),
      { numRuns: 250 },
    )
    // The files are random; most of them have mounts that move.
    expect(moved).toBeGreaterThan(100)
  })

  test('the same instructions come out, with as many mounts less as there are devices more', () => {
    const count = (text: string, name: string) =>
      parseDockerfile(text).instructions.flatMap(({ flags }) =>
        flags.filter((flag) => flag.name === name),
      ).length
    fc.assert(
      fc.property(file, (text) => {
        const once = planRewriting(text, { ...facts, caches: [] })
        const bare = (each: string) =>
          parseDockerfile(each).instructions.map(({ keyword, args }) => [keyword, args])
        expect(bare(once.text)).toEqual(bare(text))
        expect(count(once.text, 'device')).toBe(count(text, 'mount') - count(once.text, 'mount'))
      }),
      { numRuns: 250 },
    )
  })
})
