import { describe, expect, test } from 'vitest'
import {
  type ImageStory,
  placesToSearch,
} from '../../../../src/shared-cache/inventory/core/image-commands'

const SYSTEM = '/bin/sh -c #(nop) ADD file:8d1c in / '
const story = (over: Partial<ImageStory> = {}, ...history: string[]): ImageStory => ({
  ...{ workingDir: '', command: [], env: {}, bytes: 1e9 },
  history: [SYSTEM, ...history].reverse(),
  ...over,
})
const USUAL = placesToSearch(story())
/** What is searched besides the usual directories. */
const added = (over: Partial<ImageStory>, ...history: string[]) =>
  placesToSearch(story(over, ...history)).filter((place) => !USUAL.includes(place))

describe('the directories of a large image that are searched', () => {
  test('are the usual ones', () => {
    expect(USUAL).toEqual([...USUAL].sort())
    expect(USUAL).toEqual(
      expect.arrayContaining([
        ...['/app', '/workspace', '/layers', '/home', '/root', '/opt', '/srv', '/code', '/data'],
        ...['/usr/src', '/usr/local', '/usr/lib/node_modules', '/usr/share/nodejs', '/var/www'],
        ...['/usr/lib/python3/dist-packages', '/node_modules', '/venv', '/.venv', '/.playwright'],
      ]),
    )
    expect(USUAL).toHaveLength(19)
  })
  test.each<[string, Partial<ImageStory>, string[], string[]]>([
    ['its directory', { workingDir: '/w/./a/../b' }, [], ['/w/b']],
    ['a directory without a slash', { workingDir: 'w' }, [], ['/w']],
    ['programs of its command, and what they are in', { command: ['/x/y'] }, [], ['/x']],
    ['paths in the words of its command', { command: ['sh', '-c', "x='/y/z' w"] }, [], ['/y']],
    ['paths in variables', { env: { A: '/x/bin:/y/bin', B: 'b' } }, [], ['/x', '/y']],
    ['nothing of the system', { env: { PATH: '/usr/bin:/bin:/sbin' } }, [], []],
    ['nothing of /etc', { command: ['/etc/init.d/x'] }, [], []],
    ['where files went', {}, ['COPY a b /x # buildkit', 'ADD c /y/z # buildkit'], ['/x', '/y/z']],
    ['relative to a directory', {}, ['WORKDIR /w', 'COPY a b # buildkit'], ['/w']],
    ['the directory itself', {}, ['WORKDIR /w'], ['/w']],
    ['what is relative to that', {}, ['WORKDIR /w', 'WORKDIR x', 'COPY a ../../y'], ['/w', '/y']],
    ['where a step went', {}, ['RUN /bin/sh -c cd /x; y'], ['/x']],
    ['where a step put something', {}, ['RUN /bin/sh -c npm i --prefix /x'], ['/x']],
    ['where a step put it, by =', {}, ['RUN /bin/sh -c pip install --target=/x y'], ['/x']],
    ['where an older builder went', {}, ['/bin/sh -c #(nop) WORKDIR /w'], ['/w']],
    ['nothing of what only looks like it', {}, ['CMD ["WORKDIR" "/w"]', 'ENV A=/x'], []],
  ])('and %s', (_, over, history, expected) => expect(added(over, ...history)).toEqual(expected))

  test.each<[string, Partial<ImageStory>, string[]]>([
    ['copied to the root', {}, ['COPY a / # buildkit']],
    ['copied to where the image begins', {}, ['COPY a . # buildkit']],
    ['added to it once more', {}, ['ADD a / # buildkit']],
    ['led there', {}, ['WORKDIR /w', 'COPY a .. # buildkit']],
    ['went there', {}, ['RUN /bin/sh -c cd / && x']],
    ['is small', { bytes: 100_000_000 }, []],
  ])('are all of it if something %s', (_, over, history) =>
    expect(placesToSearch(story(over, ...history))).toEqual(['/']),
  )
  test('are not all of it for the system itself, nor for one byte more', () => {
    expect(placesToSearch(story({ bytes: 100_000_001 }))).not.toContain('/')
    expect(placesToSearch(story({ history: ['COPY a / # buildkit'] }))).toEqual(['/'])
  })
})
