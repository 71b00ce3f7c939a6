import { describe, expect, test } from 'vitest'
import {
  type ImageStory,
  placesToSearch,
} from '../../../../src/shared-cache/inventory/core/image-commands'

const SYSTEM = '/bin/sh -c #(nop) ADD file:8d1c in / '

function places(change: Partial<ImageStory>, ...history: string[]) {
  const story = { workingDir: '', command: [], env: {}, bytes: 1e9, ...change }
  // The Engine lists the newest first.
  return placesToSearch({ ...story, history: [...[SYSTEM, ...history].reverse()] })
}

describe('where an image may have packages of Playwright', () => {
  test('a small image is searched as a whole', () =>
    expect(places({ bytes: 9e7, workingDir: '/app' })).toEqual(['/']))

  test.each<[string, string, Partial<ImageStory>, string[]]>([
    ['where buildpacks and people put programs', '/app', {}, []],
    ['what languages install for all', '/usr/local', {}, []],
    ['the working directory', '/mysite', { workingDir: '/mysite' }, []],
    ['where the command is', '/prog', { command: ['node', '/prog/main.js'] }, []],
    ['what a variable names', '/deps/lib', { env: { NODE_PATH: '/deps/lib' } }, []],
    ['where something was copied to', '/site', {}, ['COPY . /site # buildkit']],
    ['the same, by the older builder', '/site', {}, ['/bin/sh -c #(nop) COPY dir:5f in /site ']],
    [
      'where it was copied relative to',
      '/w/in',
      {},
      ['WORKDIR /w', 'WORKDIR in', 'COPY . . # buildkit'],
    ],
    ['what a step went to', '/there', {}, ['RUN /bin/sh -c cd /there && npm ci # buildkit']],
    [
      'where a step installed to',
      '/deps',
      {},
      ['RUN /bin/sh -c pip install --target=/deps playwright'],
    ],
  ])('%s', (_, place, change, history) => {
    const found = places(change, ...history)
    expect(found.some((path) => place === path || place.startsWith(`${path}/`))).toBe(true)
    expect(found).not.toContain('/')
  })

  test.each([
    ['COPY . / # buildkit'],
    ['COPY . . # buildkit'],
    ['/bin/sh -c #(nop) ADD dir:77 in / '],
  ])('everything if %s added files anywhere', (line) => expect(places({}, line)).toEqual(['/']))

  test('no directory is nested in another', () => {
    const found = places({ workingDir: '/app/web/src' }, 'COPY . /home/me/x # buildkit')
    expect(found).toContain('/app')
    expect(found.filter((path) => path.startsWith('/app/') || path.startsWith('/home/'))).toEqual(
      [],
    )
  })
})
