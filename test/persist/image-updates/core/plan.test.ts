import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Entry,
  isInside,
  isSameContent,
} from '../../../../src/persist/image-updates/core/manifest'
import {
  advance,
  candidates,
  mergeAttributes,
  namesBeside,
  settle,
} from '../../../../src/persist/image-updates/core/merge'
import { planMerge, type PlanOptions } from '../../../../src/persist/image-updates/core/plan'
import { readStep, type Step } from '../../../../src/persist/image-updates/core/step'
import { applyStep, currentOf, directory, file, link, tree } from '../../../support/image-tree'

type Entries = Readonly<Record<string, Entry>>

const say = (step: Step) =>
  `${step.kind} ${step.path}${'from' in step && step.from !== step.path ? ` from ${step.from}` : ''}`

function merge(base: Entries, next: Entries, here: Entries, options: PlanOptions = {}) {
  const [from, to, volume] = [tree(base), tree(next), tree(here)]
  const plan = planMerge(from, to, currentOf(volume, [from], to), options)
  for (const step of plan.steps) applyStep(volume, step)
  const notes = plan.notes.map(({ kind, path }) => `${kind} ${path}`)
  return { steps: plan.steps.map(say), notes, volume, offered: plan.offered }
}

const [A, B, U] = [file('image 1'), file('image 2'), file('user')]
const D = directory()
const B_NAME = `a.image-new-${B.hash.slice(0, 8)}`

describe('a file', () => {
  test.each<[string, Entries, Entries, Entries, string[], string[]]>([
    ['the same in both images', { a: A }, { a: A }, { a: U }, [], []],
    ['changed in the image only', { a: A }, { a: B }, { a: A }, ['write a'], []],
    ['changed here only', { a: A }, { a: A }, { a: U }, [], []],
    ['changed in both', { a: A }, { a: B }, { a: U }, ['write a.image-new from a'], ['offered a']],
    ['changed to the same in both', { a: A }, { a: B }, { a: B }, [], []],
    [
      'changed in the image, deleted here',
      { a: A },
      { a: B },
      {},
      ['write a.image-new from a'],
      ['offered a'],
    ],
    ['deleted in both', { a: A }, {}, {}, [], []],
    ['deleted here', { a: A }, { a: A }, {}, [], []],
    ['new in the image', {}, { a: B }, {}, ['write a'], []],
    ['new in both', {}, { a: B }, { a: U }, ['write a.image-new from a'], ['offered a']],
    ['new and the same in both', {}, { a: B }, { a: B }, [], []],
    ['gone from the image', { a: A }, {}, { a: A }, ['remove a'], []],
    ['gone from the image, changed here', { a: A }, {}, { a: U }, [], ['kept a']],
    ['of the user', { a: A }, { a: B }, { a: A, b: U }, ['write a'], []],
    ['replaced by a link in the image', { a: A }, { a: link('b') }, { a: A }, ['link a'], []],
    [
      'replaced by a link here',
      { a: A },
      { a: B },
      { a: link('b') },
      ['write a.image-new from a'],
      ['offered a'],
    ],
    [
      'replaced by a link here, gone from the image',
      { a: A },
      {},
      { a: link('b') },
      [],
      ['kept a'],
    ],
    ['that was a link in the image', { a: link('b') }, { a: B }, { a: link('b') }, ['write a'], []],
    [
      'a link with another target',
      { a: link('b') },
      { a: link('c') },
      { a: link('b') },
      ['link a'],
      [],
    ],
    [
      'a link with other targets in both',
      { a: link('b') },
      { a: link('c') },
      { a: link('d') },
      ['link a.image-new from a'],
      ['offered a'],
    ],
  ])('%s', (_, base, next, here, steps, notes) => {
    expect(merge(base, next, here)).toMatchObject({ steps, notes })
  })
})

describe('a directory', () => {
  test.each<[string, Entries, Entries, Entries, string[], string[]]>([
    ['new in the image', {}, { 'd/a': A }, {}, ['mkdir d', 'write d/a'], []],
    ['gone from the image', { 'd/a': A }, {}, { 'd/a': A }, ['remove d/a', 'rmdir d'], []],
    [
      'gone, with a file of the user',
      { 'd/a': A },
      {},
      { 'd/a': A, 'd/u': U },
      ['remove d/a'],
      ['not-empty d'],
    ],
    ['gone, with a changed file', { 'd/a': A }, {}, { 'd/a': U }, [], ['kept d/a']],
    [
      'gone, with a file of the user deep in it',
      { 'd/e/a': A },
      {},
      { 'd/e/a': A, 'd/e/u': U },
      ['remove d/e/a'],
      ['not-empty d/e'],
    ],
    [
      'gone, with both',
      { 'd/e/a': A },
      {},
      { 'd/e/a': U, 'd/u': U },
      [],
      ['kept d/e/a', 'not-empty d'],
    ],
    ['deleted here and in the image', { 'd/a': A }, {}, {}, [], []],
    [
      'deleted here, with a new file in the image',
      { 'd/a': A },
      { 'd/a': A, 'd/b': B },
      {},
      [],
      ['blocked d'],
    ],
    [
      'deleted here, with a changed file in the image',
      { 'd/a': A },
      { 'd/a': B },
      {},
      [],
      ['blocked d'],
    ],
    ['replaced by a link here', { 'd/a': A }, { 'd/a': B }, { d: link('/x') }, [], ['blocked d']],
    ['replaced by a file here', { 'd/a': A }, { 'd/a': B, 'd/b': B }, { d: U }, [], ['blocked d']],
    [
      'that became a file',
      { 'd/a': A },
      { d: B },
      { 'd/a': A },
      ['remove d/a', 'rmdir d', 'write d'],
      [],
    ],
    [
      'that became a link',
      { 'd/a': A },
      { d: link('x') },
      { 'd/a': A },
      ['remove d/a', 'rmdir d', 'link d'],
      [],
    ],
    [
      'that became a file, with a file of the user',
      { 'd/a': A },
      { d: B },
      { 'd/a': A, 'd/u': U },
      ['remove d/a', 'write d.image-new from d'],
      ['offered d'],
    ],
    [
      'that became a file, with a changed file',
      { 'd/a': A },
      { d: B },
      { 'd/a': U },
      ['write d.image-new from d'],
      ['kept d/a', 'offered d'],
    ],
    [
      'that became a file, and is a file here',
      { 'd/a': A },
      { d: B },
      { d: U },
      ['write d.image-new from d'],
      ['offered d'],
    ],
    ['that was a file', { d: A }, { 'd/a': B }, { d: A }, ['remove d', 'mkdir d', 'write d/a'], []],
    ['that was a file, and was changed here', { d: A }, { 'd/a': B }, { d: U }, [], ['blocked d']],
    [
      'that was a link',
      { d: link('x') },
      { 'd/a': B },
      { d: link('x') },
      ['remove d', 'mkdir d', 'write d/a'],
      [],
    ],
    ['new in both', {}, { 'd/a': A }, { 'd/u': U }, ['write d/a'], []],
  ])('%s', (_, base, next, here, steps, notes) => {
    expect(merge(base, next, here)).toMatchObject({ steps, notes })
  })

  test('says how much was not copied', () => {
    const base = tree({ d: A })
    const next = tree({ 'd/a': A, 'd/e/b': B })
    const volume = tree({ d: U })
    expect(planMerge(base, next, currentOf(volume, [base], next)).notes).toEqual([
      { kind: 'blocked', path: 'd', entries: 4 },
    ])
  })
})

describe('owner and mode', () => {
  const owned = { uid: 33, gid: 33 }
  test.each<[string, Entry, Entry, Entry, Partial<Entry>, string[]]>([
    ['change with the image', A, file('image 1', { mode: 0o600 }), A, { mode: 0o600 }, ['set a']],
    [
      'of new content are those of the image',
      A,
      file('image 2', { mode: 0o755 }),
      A,
      { mode: 0o755 },
      ['write a'],
    ],
    [
      'that changed here stay',
      A,
      file('image 2', { mode: 0o755 }),
      file('image 1', { mode: 0o640 }),
      { ...B, mode: 0o640 },
      ['write a'],
    ],
    [
      'chown here does not stop updates',
      A,
      B,
      file('image 1', owned),
      { ...B, ...owned },
      ['write a'],
    ],
    [
      'each counts for itself',
      A,
      file('image 1', { mode: 0o600 }),
      file('image 1', owned),
      { ...owned, mode: 0o600 },
      ['set a'],
    ],
    ['of a changed file stay', A, file('image 1', { mode: 0o600 }), U, U, []],
    ['of a link follow the image', link('x'), link('x', owned), link('x'), owned, ['set a']],
    [
      'of a directory follow the image',
      D,
      directory({ mode: 0o700 }),
      D,
      { mode: 0o700 },
      ['set a'],
    ],
    [
      'with setuid are set with the content',
      A,
      file('image 1', { mode: 0o4755 }),
      A,
      { mode: 0o4755 },
      ['write a'],
    ],
    [
      'of another type are those of the image',
      A,
      link('x'),
      file('image 1', { mode: 0o600 }),
      { mode: 0o777 },
      ['link a'],
    ],
  ])('%s', (_, base, next, here, wanted, steps) => {
    const merged = merge({ a: base }, { a: next }, { a: here })
    expect(merged.steps).toEqual(steps)
    expect(merged.volume.get('a')).toMatchObject(wanted)
    expect(merged.notes).toEqual([])
  })

  test('of the volume itself follow the image, unless they were changed', () => {
    const next = { '': directory({ mode: 0o700, uid: 7 }) }
    expect(merge({ '': D }, next, { '': D }).volume.get('')).toMatchObject({ mode: 0o700, uid: 7 })
    const own = directory({ uid: 1000, gid: 1000 })
    expect(merge({ '': D }, next, { '': own }).volume.get('')).toMatchObject({
      mode: 0o700,
      uid: 1000,
    })
  })

  test('with an owner for the volume, new files get it, and those of others stay', () => {
    const owner = { uid: 1000, gid: 1001 }
    const base = { a: A, b: A }
    const next = { a: file('image 2', owned), b: file('image 1', owned), 'd/c': B }
    const { volume } = merge(base, next, { a: { ...A, ...owner }, b: A }, { owner })
    expect(volume.get('a')).toMatchObject({ ...owner, hash: B.hash })
    expect(volume.get('b')).toMatchObject({ uid: 0 })
    expect([volume.get('d'), volume.get('d/c')]).toMatchObject([owner, owner])
  })

  test('the version beside a file has no setuid bit', () => {
    const merged = merge({ a: A }, { a: file('image 2', { mode: 0o6755 }) }, { a: U })
    expect(merged.volume.get('a.image-new')).toMatchObject({ mode: 0o755 })
  })
})

describe('the version of the image beside a file', () => {
  const offered = [new Map([['a.image-new', A.hash]])]
  test.each<[string, Entries, PlanOptions, string[], string[]]>([
    [
      'gets a second name if the first is taken',
      { 'a.image-new': U },
      {},
      [`write ${B_NAME} from a`],
      ['offered a'],
    ],
    ['is there already', { 'a.image-new': B }, {}, [], ['offered a']],
    [
      'is there already, under the second name',
      { 'a.image-new': U, [B_NAME]: B },
      {},
      [],
      ['offered a'],
    ],
    [
      'replaces an older one',
      { 'a.image-new': A },
      { offered },
      ['write a.image-new from a'],
      ['offered a'],
    ],
    [
      'does not replace an older one that was changed',
      { 'a.image-new': U },
      { offered },
      [`write ${B_NAME} from a`],
      ['offered a'],
    ],
    [
      'does not replace a directory',
      { 'a.image-new': D },
      {},
      [`write ${B_NAME} from a`],
      ['offered a'],
    ],
    [
      'is not placed if both names are taken',
      { 'a.image-new': U, [B_NAME]: U },
      {},
      [],
      ['not-offered a'],
    ],
  ])('%s', (_, more, options, steps, notes) => {
    const merged = merge({ a: A }, { a: B }, { a: U, ...more }, options)
    expect(merged).toMatchObject({ steps, notes })
  })

  test('does not take a name that the image itself has', () => {
    const both = { 'a.image-new': A }
    const merged = merge({ a: A, ...both }, { a: B, ...both }, { a: U })
    expect(merged.steps).toEqual([`write ${B_NAME} from a`])
  })

  test('is remembered by its hash', () => {
    expect(merge({ a: A }, { a: B }, { a: U }).offered).toEqual(new Map([['a.image-new', B.hash]]))
  })

  test('has a name that the file system can store', () => {
    const name = 'n'.repeat(250)
    expect(merge({ [name]: A }, { [name]: B }, { [name]: U })).toMatchObject({
      steps: [],
      notes: [`not-offered ${name}`],
    })
    const shorter = 'd/'.repeat(200) + 'n'.repeat(240)
    expect(namesBeside(shorter, B)).toEqual([`${shorter}.image-new`])
  })
})

test('the name that merging itself uses, and paths outside, are left out', () => {
  const next = { '.persist-part': A, '.persist-part/x': A, '../x': A, '/etc/x': A, 'd/../../x': A }
  expect(candidates([new Map()], new Map(Object.entries(next)))).toEqual(new Map())
})

// Random trees: few names and contents, so that all cases meet.
const NAMES = ['a', 'b', 'a.image-new', 'c']
const paths = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'))
const attributes = fc.record({
  uid: fc.constantFrom(0, 1000),
  gid: fc.constantFrom(0, 1000),
  mode: fc.constantFrom(0o644, 0o600, 0o4755),
})
const entries = (contents: readonly string[]) =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(fc.constantFrom(...contents), attributes).map(([c, a]) => file(c, a)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('x', '/etc', ...contents).map((target) => link(target)),
    },
    { weight: 1, arbitrary: attributes.map((given) => directory(given)) },
  )

/** A tree from random paths and entries: what is below a file is dropped. */
function grow(pairs: readonly (readonly [string, Entry])[]): Map<string, Entry> {
  const grown = new Map<string, Entry>([['', directory()]])
  for (const [path, entry] of pairs) {
    const parts = path.split('/')
    const above = parts.map((_, depth) => parts.slice(0, depth).join('/'))
    if (above.some((one) => (grown.get(one)?.type ?? 'directory') !== 'directory')) continue
    if (entry.type !== 'directory' && [...grown.keys()].some((one) => one.startsWith(`${path}/`))) {
      continue
    }
    for (const one of above) if (!grown.has(one)) grown.set(one, directory())
    grown.set(path, entry)
  }
  return grown
}

const trees = (contents: readonly string[]) =>
  fc.array(fc.tuple(paths, entries(contents)), { maxLength: 12 }).map(grow)
const IMAGE = ['1', '2', '3']
/** The user's tree has parts of both images. */
const volumes = fc
  .tuple(
    trees(IMAGE),
    trees(IMAGE),
    trees([...IMAGE, 'user', 'user 2']),
    fc.array(fc.boolean(), { minLength: 1 }),
  )
  .map(([base, next, own, coins]) => {
    const mixed = [...own].filter(([path]) => path !== '')
    const parts = [...base].filter(
      ([path], index) => path !== '' && (coins[index % coins.length] ?? true),
    )
    return { base, next, volume: grow([...mixed, ...parts]) }
  })

const plainMerge = (
  base: ReadonlyMap<string, Entry>,
  next: ReadonlyMap<string, Entry>,
  volume: Map<string, Entry>,
  options: PlanOptions = {},
) => planMerge(base, next, currentOf(volume, [base], next), options)

function applied(volume: Map<string, Entry>, steps: readonly Step[]): Map<string, Entry> {
  const after = new Map(volume)
  for (const step of steps) applyStep(after, step)
  return after
}

const sorted = (volume: Map<string, Entry>) => [...volume].sort(([a], [b]) => (a < b ? -1 : 1))
const RUNS = { numRuns: 300 }

describe('whatever changes on both sides', () => {
  test('no content of the user is lost, overwritten or moved', () => {
    fc.assert(
      fc.property(volumes, ({ base, next, volume }) => {
        const after = applied(volume, plainMerge(base, next, volume).steps)
        for (const [path, entry] of volume) {
          const isUsers = !isSameContent(entry, base.get(path))
          if (isUsers) expect(isSameContent(after.get(path), entry)).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('what nobody changed is as in the new image', () => {
    fc.assert(
      fc.property(trees(IMAGE), trees(IMAGE), (base, next) => {
        const after = applied(base, plainMerge(base, next, base).steps)
        expect(sorted(after)).toEqual(sorted(next))
      }),
      RUNS,
    )
  })

  test('a file that nobody changed is as in the new image, among others', () => {
    fc.assert(
      fc.property(volumes, ({ base, next, volume }) => {
        const after = applied(volume, plainMerge(base, next, volume).steps)
        for (const [path, entry] of volume) {
          const [before, wanted] = [base.get(path), next.get(path)]
          if (!before || !wanted || !isSameContent(entry, before)) continue
          if (before.type === 'directory' || wanted.type === 'directory') continue
          const expected = mergeAttributes(before, wanted, { ...entry, names: 0 }, null)
          expect(after.get(path)).toEqual(expected)
        }
      }),
      RUNS,
    )
  })

  test('a second plan is empty, with the old base and with the new one', () => {
    fc.assert(
      fc.property(volumes, ({ base, next, volume }) => {
        const first = plainMerge(base, next, volume)
        const after = applied(volume, first.steps)
        const offered = [first.offered]
        expect(plainMerge(base, next, after).steps).toEqual([])
        expect(plainMerge(base, next, after, { offered }).steps).toEqual([])
        expect(plainMerge(next, next, after, { offered })).toMatchObject({ steps: [], notes: [] })
      }),
      RUNS,
    )
  })

  test('after a kill at any step the next run comes to the same end', () => {
    fc.assert(
      fc.property(volumes, fc.nat(), ({ base, next, volume }, random) => {
        const { steps } = plainMerge(base, next, volume)
        const cut = random % (steps.length + 1)
        const killed = applied(volume, steps.slice(0, cut))
        const end = applied(killed, plainMerge(base, next, killed).steps)
        expect(sorted(end)).toEqual(sorted(applied(volume, steps)))
      }),
      RUNS,
    )
  })

  test('after a kill nothing of the user is lost, if the next run has another image', () => {
    fc.assert(
      fc.property(volumes, trees(IMAGE), fc.nat(), ({ base, next, volume }, third, random) => {
        const { steps, offered } = plainMerge(base, next, volume)
        const killed = applied(volume, steps.slice(0, random % (steps.length + 1)))
        const current = currentOf(killed, [base, next], third)
        const settled = settle(base, next, current)
        const again = planMerge(settled, third, current, { offered: [new Map(), offered] })
        const after = applied(killed, again.steps)
        for (const [path, entry] of volume) {
          const isUsers =
            !isSameContent(entry, base.get(path)) && !isSameContent(entry, next.get(path))
          if (isUsers && offered.get(path) === undefined) {
            expect(isSameContent(after.get(path), entry)).toBe(true)
          }
        }
      }),
      RUNS,
    )
  })

  test('after a kill what nobody changed becomes as in another image', () => {
    fc.assert(
      fc.property(
        trees(IMAGE),
        trees(IMAGE),
        trees(IMAGE),
        fc.nat(),
        (base, next, third, random) => {
          const { steps } = plainMerge(base, next, base)
          const killed = applied(base, steps.slice(0, random % (steps.length + 1)))
          const current = currentOf(killed, [base, next], third)
          const after = applied(
            killed,
            planMerge(settle(base, next, current), third, current).steps,
          )
          for (const [path, entry] of third) {
            if (entry.type === 'directory' || base.get(path)?.type === 'directory') continue
            if (next.get(path)?.type === 'directory') continue
            if (after.has(path)) expect(isSameContent(after.get(path), entry)).toBe(true)
          }
        },
      ),
      RUNS,
    )
  })

  test('no step leaves the volume, and the root helper accepts every step', () => {
    const odd = fc.constantFrom('..', '.', '', '../x', '/etc/passwd', 'a/../../x', '.persist-part')
    const hostile = fc.array(fc.tuple(fc.oneof(paths, odd), entries(IMAGE)), { maxLength: 8 })
    fc.assert(
      fc.property(hostile, hostile, trees(['user']), (one, other, volume) => {
        const base = new Map<string, Entry>([...one, ['', directory()]])
        const next = new Map<string, Entry>([...other, ['', directory()]])
        for (const step of plainMerge(base, next, volume).steps) {
          expect(isInside(step.path)).toBe(true)
          expect(readStep(JSON.parse(JSON.stringify(step)))).toEqual(step)
        }
      }),
      RUNS,
    )
  })
})

describe('what is compared with later', () => {
  test('is the new image, but for what was left out', () => {
    const [base, next] = [tree({ a: A, b: A, c: A }), tree({ a: B, b: B, d: B })]
    const advanced = advance(base, next, ['a', 'c', 'd'])
    expect(advanced).toEqual(tree({ a: A, b: B, c: A }))
  })

  test.each<[string, Entry | null, Entry | null, Entry | null, Entry | null]>([
    ['the version before', A, B, A, A],
    ['the version that was being applied', A, B, B, B],
    ['changed here', A, B, U, A],
    ['was removed', A, null, null, null],
    ['was not yet removed', A, null, A, A],
    ['was added', null, B, B, B],
    ['was not yet added', null, B, null, null],
    ['the old mode', A, { ...A, mode: 0o600 }, A, A],
    ['the new mode', A, { ...A, mode: 0o600 }, { ...A, mode: 0o600 }, { ...A, mode: 0o600 }],
    ['the old mode and an owner of its own', A, { ...A, mode: 0o600 }, { ...A, uid: 7 }, A],
  ])('after a killed run, in the volume: %s', (_, before, pending, here, settled) => {
    const one = (entry: Entry | null) => new Map(entry ? [['a', entry]] : [])
    const current = new Map([['a', here && { ...here, names: 0 }]])
    expect(settle(one(before), one(pending), current)).toEqual(one(settled))
  })
})
