import { describe, expect, test } from 'vitest'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { type Outside, stagesOf } from '../../../../src/shared-cache/dockerfile/core/stages'
import { expand, expandOwn, joinPath } from '../../../../src/shared-cache/dockerfile/core/variables'
import { summarize } from '../../../../src/shared-cache/dockerfile/core/summary'
import { takenFrom } from '../../../../src/shared-cache/dockerfile/core/used'

const stages = (lines: readonly string[], outside?: Outside) =>
  stagesOf(parseDockerfile(lines.join('\n')), outside)
const step = (lines: readonly string[], outside?: Outside) =>
  stages([...lines, 'RUN x'], outside).steps.at(-1)
const value = (name: string, lines: readonly string[], outside?: Outside) =>
  step(lines, outside)?.variables.get(name)
const args = (over: Record<string, string>): Outside => ({
  buildArgs: new Map(Object.entries(over)),
})

describe('a variable in a text', () => {
  const variables = new Map<string, string | null>([
    ...Object.entries({ A: 'a', EMPTY: '' }),
    ['UNKNOWN', null],
  ])
  test.each<[string, string | null]>([
    ['x', 'x'],
    ['$A', 'a'],
    ['${A}b', 'ab'],
    ['$Ab', null],
    ['$A$A', 'aa'],
    ['$EMPTY', ''],
    ['$UNKNOWN', null],
    ['$MISSING', null],
    ['${A:-b}', 'a'],
    ['${MISSING:-b}', 'b'],
    ['${EMPTY:-b}', 'b'],
    ['${UNKNOWN-b}', 'b'],
    ['${MISSING:-}', ''],
    ['${A:+b}', 'b'],
    ['${MISSING:+b}', ''],
    ['${EMPTY+b}', ''],
    ['${A:?b}', 'a'],
    ['${MISSING:?b}', null],
    ['$', null],
    ['$$A', null],
  ])('%s is %j', (text, expected) => expect(expand(text, variables)).toBe(expected))
  test.each<[string, string | null]>([
    ['x', 'x'],
    ['$A', 'a'],
    ['$EMPTY', ''],
    ['${MISSING:-b}', null],
    ['${UNKNOWN:-b}', null],
  ])('%s that the file alone sets is %j', (text, expected) =>
    expect(expandOwn(text, variables)).toBe(expected),
  )
})

test.each<[string | null, string | null, string | null]>([
  ['/a', 'b', '/a/b'],
  ['/a', '/b', '/b'],
  [null, '/b/', '/b'],
  [null, 'b', null],
  ['/a', './b//c', '/a/b/c'],
  ['/a', '../b', null],
  ['/a', '', null],
  ['/a', null, null],
  ['/', 'a', '/a'],
])('from %s, %s is %s', (from, path, expected) => expect(joinPath(from, path)).toBe(expected))

describe('what a variable is at a step', () => {
  test.each<[string, string[], string | null | undefined]>([
    ['by ENV', ['FROM a', 'ENV X=1'], '1'],
    ['by ENV in the old form', ['FROM a', 'ENV X one  two'], 'one two'],
    ['by ENV with others', ['FROM a', 'ENV W=0 X="a b" Y=2'], 'a b'],
    ['with quotes', ['FROM a', "ENV X='$A' Y=1"], null],
    ['with an escape', ['FROM a', 'ENV X=a\\ b'], 'a b'],
    ['from another one', ['FROM a', 'ENV A=1', 'ENV X=$A/b'], '1/b'],
    ['changed', ['FROM a', 'ENV X=1', 'ENV X=2'], '2'],
    ['by ARG', ['FROM a', 'ARG X=1'], '1'],
    ['by an ARG without a value', ['FROM a', 'ARG X'], null],
    ['by ENV before ARG', ['FROM a', 'ENV X=1', 'ARG X=2'], '1'],
    ['by an ARG before the first FROM', ['ARG X=1', 'FROM a', 'ARG X'], '1'],
    ['not without asking', ['ARG X=1', 'FROM a'], undefined],
    ['by an ARG of its own', ['ARG X=1', 'FROM a', 'ARG X=2'], '2'],
    ['of the stage that it begins with', ['FROM a AS b', 'ENV X=1', 'FROM b'], '1'],
    ['not the ARG of that one', ['FROM a AS b', 'ARG X=1', 'FROM b'], undefined],
    ['not of another stage', ['FROM a AS b', 'ENV X=1', 'FROM c'], undefined],
    ['of that one by the time it ends', ['FROM a AS b', 'ENV X=1', 'ENV X=2', 'FROM B'], '2'],
    ['nowhere', ['FROM a'], undefined],
  ])('%s', (_, lines, expected) => expect(value('X', lines)).toBe(expected))

  test.each<[string, string[], Outside, string | null]>([
    ['wins over the file', ['FROM a', 'ARG X=1'], args({ X: '9' }), '9'],
    ['counts where the file asks', ['FROM a', 'ARG X'], args({ X: '9' }), '9'],
    ['counts before FROM', ['ARG X=1', 'FROM a', 'ARG X'], args({ X: '9' }), '9'],
    ['never wins over ENV', ['FROM a', 'ARG X', 'ENV X=1'], args({ X: '9' }), '1'],
  ])('--build-arg %s', (_, lines, outside, expected) =>
    expect(value('X', lines, outside)).toBe(expected),
  )

  test.each([
    ['TARGETARCH', 'arm64'],
    ['TARGETPLATFORM', 'linux/arm64'],
    ['TARGETOS', 'linux'],
    ['TARGETVARIANT', ''],
    ['BUILDARCH', 'arm64'],
    ['BUILDPLATFORM', 'linux/arm64'],
  ])('%s of the machine is %s, where the file asks for it', (name, expected) => {
    const outside = { architecture: 'arm64' }
    expect(value(name, ['FROM a', `ARG ${name}`], outside)).toBe(expected)
    expect(value(name, ['FROM a'], outside)).toBeUndefined()
    expect(value(name, ['FROM a', `ARG ${name}`])).toBeNull()
    const given = { ...outside, ...args({ [name]: 'x' }) }
    expect(value(name, ['FROM a', `ARG ${name}`], given)).toBe('x')
  })
})

describe('what else holds at a step', () => {
  test.each<[string[], string | null]>([
    [['FROM debian:12'], 'debian:12'],
    [['ARG V=12', 'FROM debian:$V'], 'debian:12'],
    [['FROM debian:$V'], null],
    [['FROM scratch'], null],
    [['ARG I=', 'FROM $I'], null],
    [['FROM debian:12 AS b', 'FROM b'], 'debian:12'],
    [['FROM debian:12 as B', 'FROM b AS c', 'FROM C'], 'debian:12'],
    [['FROM debian:12 AS b', 'FROM debian:13'], 'debian:13'],
  ])('the base of %j is %s', (lines, base) => expect(step(lines)?.base).toBe(base))

  test.each<[string[], string | null]>([
    [['FROM a'], null],
    [['FROM a', 'WORKDIR /b'], '/b'],
    [['FROM a', 'WORKDIR /b', 'WORKDIR c'], '/b/c'],
    [['FROM a', 'WORKDIR b'], null],
    [['FROM a', 'ENV D=/d', 'WORKDIR $D'], '/d'],
    [['FROM a', 'WORKDIR $D'], null],
    [['FROM a', 'WORKDIR "/b c"'], '/b c'],
    [['FROM a AS b', 'WORKDIR /b', 'FROM b'], '/b'],
    [['FROM a AS b', 'WORKDIR /b', 'FROM a'], null],
  ])('the directory of %j is %s', (lines, workdir) => expect(step(lines)?.workdir).toBe(workdir))

  test.each<[string[], boolean]>([
    [['FROM a'], true],
    [['FROM a', 'SHELL ["/bin/bash", "-c"]'], true],
    [['FROM a', 'SHELL ["sh", "-c"]'], true],
    [['FROM a', 'SHELL ["/usr/bin/zsh", "-c"]'], true],
    [['FROM a', 'SHELL ["powershell", "-command"]'], false],
    [['FROM a', 'SHELL ["/opt/bash", "-c"]'], false],
    [['FROM a', 'SHELL bash'], false],
    [['FROM a AS b', 'SHELL ["x"]', 'FROM b'], false],
    [['FROM a AS b', 'SHELL ["x"]', 'FROM a'], true],
    [['FROM a', 'SHELL ["x"]', 'SHELL ["sh"]'], true],
  ])('a shell reads %j: %s', (lines, shell) => expect(step(lines)?.shell).toBe(shell))

  test('its platform, its stage and those that it begins with', () => {
    const lines = ['FROM --platform=linux/arm64 a AS b', 'FROM x', 'FROM b AS c', 'FROM c']
    expect(step(lines)).toMatchObject({ platform: 'linux/arm64', stage: 3, lineage: [0, 2, 3] })
    expect(step(['FROM a'])).toMatchObject({ platform: '', stage: 0, lineage: [0] })
  })
  test('the comments since the last step of its stage', () => {
    const { steps } = stages([
      'FROM a',
      '# 1',
      'ENV A=1',
      '# 2',
      'RUN a',
      '# 3',
      'RUN b',
      '# 4',
      'FROM b',
      'RUN c',
    ])
    expect(steps.map(({ comments }) => comments)).toEqual([['1', '2'], ['3'], []])
  })
})

describe('the stages of a file', () => {
  test('of which the last one is the image', () => {
    expect(stages(['FROM a', 'FROM --platform=x b']).last).toEqual({
      reference: 'b',
      platform: 'x',
    })
    expect(stages(['ARG X=1']).last).toBeUndefined()
  })
  test.each<[string, string[], number[]]>([
    ['the only one', ['FROM a'], [0]],
    ['not the one before', ['FROM a', 'FROM b'], [1]],
    ['what it begins with', ['FROM a AS b', 'FROM b'], [0, 1]],
    ['what it copies from by name', ['FROM a AS b', 'FROM c', 'COPY --from=B x y'], [0, 1]],
    ['what it copies from by number', ['FROM a', 'FROM b', 'FROM c', 'COPY --from=1 x y'], [1, 2]],
    ['what it mounts', ['FROM a AS b', 'FROM c', 'RUN --mount=from=b,target=/x y'], [0, 1]],
    ['what those need', ['FROM a AS b', 'FROM c AS d', 'COPY --from=b x y', 'FROM d'], [0, 1, 2]],
    ['no image', ['FROM a', 'FROM c', 'COPY --from=alpine x y'], [1]],
    ['not itself', ['FROM a AS b', 'COPY --from=b x y', 'COPY --from=0 x y'], [0]],
    [
      'nothing of a copy of the source',
      ['FROM a AS b', 'FROM c', 'COPY b y', 'ADD --from=b x y'],
      [1],
    ],
  ])('that it needs: %s', (_, lines, used) => expect([...stages(lines).used].sort()).toEqual(used))
  test('are taken from by COPY and by the mounts of RUN alone', () => {
    const from = (line: string) =>
      parseDockerfile(`FROM a\n${line}`).instructions.slice(1).flatMap(takenFrom)
    expect(from('COPY --from=b x y')).toEqual(['b'])
    expect(from('COPY --from= x y')).toEqual([])
    expect(from('COPY --link x y')).toEqual([])
    expect(from('RUN --mount=from=b,target=/x --mount=target=/y z')).toEqual(['b'])
    expect(from('CMD --from=b')).toEqual([])
  })
})

describe('a step in a few words', () => {
  const summary = (run: string) => {
    const [found] = stages(['FROM a', run]).steps
    return found && summarize(found)
  }
  test.each<[string, string]>([
    ['RUN npm ci', 'npm ci'],
    ['RUN npm ci \\\n   && make', 'npm ci && make'],
    ['RUN set -eux; npm ci', 'npm ci'],
    ['RUN set -e -o pipefail && npm ci', 'npm ci'],
    ['RUN <<EOF\n#!/bin/sh\nset -e\n\nnpm ci\nmake\nEOF', 'npm ci'],
    ['RUN <<EOF\nset -e\nEOF', '<<EOF'],
    ['RUN bash <<EOF\nnpm ci\nEOF', 'bash <<EOF'],
    [`RUN ${'a'.repeat(60)}`, 'a'.repeat(60)],
    [`RUN ${'a'.repeat(61)}`, `${'a'.repeat(59)}…`],
  ])('%j', (run, expected) => expect(summary(run)).toBe(expected))
})
