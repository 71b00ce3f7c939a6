import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AdoptFacts,
  type Candidate,
  checkSpace,
  planAdoption,
} from '../../../../src/persist/adopt/core/plan'
import { formatVolume, parseVolume } from '../../../../src/persist/volumes/core/volume'

const mount = (hostPath: string, containerPath: string, over: object = {}) => ({
  ...{ entry: 'legacy-1', hostPath, containerPath, readonly: false, options: '' },
  ...over,
})
const found = (directory: string, bytes = 10, files = 1) => ({ directory, bytes, files })
const candidate = (path: string, directory: string, over: Partial<Candidate> = {}): Candidate => ({
  source: { kind: 'entry', name: `legacy-${directory.replace(/\W/g, '')}` },
  mount: mount(directory, path),
  path,
  readonly: false,
  found: found(directory),
  ...over,
})
const facts = (candidates: readonly Candidate[], over: Partial<AdoptFacts> = {}): AdoptFacts => ({
  app: 'shop',
  candidates,
  own: [],
  others: [],
  isTaken: () => false,
  begun: [],
  now: 7,
  ...over,
})
const plan = (candidates: readonly Candidate[], over: Partial<AdoptFacts> = {}) =>
  planAdoption(facts(candidates, over), [])

describe('the plan of an adoption', () => {
  test('makes a volume of a mount, with its path and its files as they are', () => {
    const { items, skipped, bytes, files } = plan([candidate('/app/uploads', '/srv/u')])
    expect(skipped).toEqual([])
    expect([bytes, files]).toEqual([10, 1])
    expect(items[0]?.volume).toMatchObject({
      ...{ entry: 'shop-app-uploads', app: 'shop', name: 'app-uploads', path: '/app/uploads' },
      ...{ owner: 'image', filled: true, variable: null, created: 7, readonly: false },
    })
  })

  test('keeps a read-only mount read-only', () => {
    const [item] = plan([candidate('/c', '/srv/c', { readonly: true })]).items
    expect(item?.volume.readonly).toBe(true)
  })

  test.each<[string, Partial<Candidate>, Partial<AdoptFacts>, string]>([
    ['what cannot be read', { found: 'it is a socket' }, {}, 'it is a socket'],
    [
      'an option',
      { mount: mount('/srv/a', '/a', { options: 'z,U' }) },
      {},
      'a volume has no option U',
    ],
    [
      'a path that containers need',
      { path: '/proc/x' },
      {},
      '"/proc/x" cannot be a volume: every container has its own /proc',
    ],
    [
      'a path with points',
      { path: '/a/../b' },
      {},
      '"/a/../b" cannot be a volume: it contains . or ..',
    ],
    [
      'a path with two slashes',
      { path: '/a//b' },
      {},
      'its path in the container is not a plain path',
    ],
    [
      'the files of another app',
      {},
      { others: [{ directory: '/srv', user: 'the app blog' }] },
      'the app blog uses the same files, and would keep the old ones',
    ],
  ])('leaves %s alone', (_, over, more, reason) => {
    const { items, skipped } = plan([candidate('/a', '/srv/a', over)], more)
    expect(items).toEqual([])
    expect(skipped.map((one) => one.reason)).toEqual([reason])
  })

  test('keeps options that a volume has too', () => {
    const one = candidate('/a', '/srv/a', { mount: mount('/srv/a', '/a', { options: 'z,rw' }) })
    expect(plan([one]).items).toHaveLength(1)
  })

  test('leaves both mounts alone where they show the same files', () => {
    const { items, skipped } = plan([candidate('/a', '/srv/a'), candidate('/b', '/srv/a/sub')])
    expect(items).toEqual([])
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'the same files are mounted at /b too, and would become two copies',
      'the same files are mounted at /a too, and would become two copies',
    ])
  })

  test('leaves two mounts at one path alone', () => {
    expect(plan([candidate('/a', '/srv/a'), candidate('/a', '/srv/b')]).items).toEqual([])
  })

  test('takes over one mount inside another', () => {
    const { items } = plan([candidate('/a', '/srv/a'), candidate('/a/b', '/srv/b')])
    expect(items.map(({ volume }) => volume.entry)).toEqual(['shop-a', 'shop-a-b'])
  })

  test('gives an entry another name where its own is taken', () => {
    const { items } = plan([candidate('/a', '/srv/a')], { isTaken: (entry) => entry === 'shop-a' })
    expect(items[0]?.volume).toMatchObject({ entry: 'shop-a-2', name: 'a' })
  })

  test('keeps the names of a run that was killed', () => {
    const [item] = plan([candidate('/a', '/srv/a')]).items
    if (!item) throw new Error('no item')
    const begun = [{ ...item, volume: { ...item.volume, entry: 'shop-old', created: 1 } }]
    const again = plan([candidate('/a', '/srv/a')], { begun, isTaken: () => false })
    expect(again.items[0]?.volume).toMatchObject({ entry: 'shop-old', created: 1 })
    const other = plan([candidate('/a', '/srv/other')], { begun })
    expect(other.items[0]?.volume.entry).toBe('shop-a')
  })

  test('takes over only the paths that are named', () => {
    const both = facts([candidate('/a', '/srv/a'), candidate('/b', '/srv/b')])
    expect(planAdoption(both, ['/b']).items.map(({ volume }) => volume.path)).toEqual(['/b'])
  })

  test('still sees that a mount that is not named shows the same files', () => {
    const both = facts([candidate('/a', '/srv/a'), candidate('/b', '/srv/a')])
    expect(planAdoption(both, ['/b']).items).toEqual([])
  })

  test('refuses a path at which nothing is mounted', () => {
    expect(() => planAdoption(facts([]), ['/b'])).toThrow('Nothing is mounted at /b in shop')
  })

  test('says that a path is a volume already', () => {
    const own = plan([candidate('/a', '/srv/a')]).items.map(({ volume }) => volume)
    expect(() => planAdoption(facts([], { own }), ['/a'])).toThrow(
      '/a of shop is the volume a already',
    )
  })

  const paths = fc.constantFrom('/a', '/a/b', '/b', '/proc', '/c d', '/app/uploads', '/app-uploads')
  const directories = fc.constantFrom('/srv/a', '/srv/a/b', '/srv/c', '/srv/d', '/srv/e')
  const anyCandidates = fc.array(
    fc
      .record({ path: paths, directory: directories, fails: fc.boolean() })
      .map((one) =>
        candidate(one.path, one.directory, one.fails ? { found: 'it does not exist' } : {}),
      ),
    { maxLength: 8 },
  )

  test('takes over or explains every mount, and never one file or one name twice', () => {
    fc.assert(
      fc.property(anyCandidates, fc.array(fc.string({ maxLength: 4 })), (candidates, taken) => {
        const isTaken = (entry: string) => taken.some((end) => entry.endsWith(end) && end !== '')
        const { items, skipped, bytes } = plan(candidates, {
          isTaken: (e) => isTaken(e) && e.length < 20,
        })
        expect(items.length + skipped.length).toBe(candidates.length)
        expect(skipped.every(({ reason }) => reason !== '')).toBe(true)
        expect(bytes).toBe(items.length * 10)
        for (const of of ['entry', 'name', 'path'] as const) {
          expect(new Set(items.map(({ volume }) => volume[of])).size).toBe(items.length)
        }
        expect(new Set(items.map((item) => item.found.directory)).size).toBe(items.length)
        for (const { volume } of items) {
          expect(parseVolume(volume.entry, formatVolume(volume))).toEqual(volume)
        }
      }),
    )
  })
})

describe('the space that copies need', () => {
  const disk = { freeBytes: 1_000_000_000, freeInodes: 10_000 as number | null }
  const check = (bytes: number, files: number, over: Partial<typeof disk> = {}) =>
    checkSpace({ bytes, files }, { ...disk, ...over }, String)

  test('is enough', () => {
    expect(() => check(800_000_000, 9000)).not.toThrow()
    expect(() => check(1, 1_000_000, { freeInodes: null })).not.toThrow()
  })

  test.each<[number, number, string]>([
    [800_000_001, 1, 'The copies need 1000000001, and the disk of the volumes has 1000000000 free'],
    [1, 9001, 'The copies need 10001 inodes, and the disk of the volumes has 10000 free'],
  ])('is too little for %d bytes and %d files', (bytes, files, message) => {
    expect(() => check(bytes, files)).toThrow(message)
  })
})
