import { describe, expect, test } from 'vitest'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { callsIn } from '../../../../src/shared-cache/dockerfile/core/step-calls'
import { mayCall } from '../../../../src/shared-cache/shell/core/call'
import { programName } from '../../../../src/shared-cache/shell/core/wrappers'

/** The programs that the last instruction of a Dockerfile calls, with what is set for them. */
const calls = (run: string, shell = true) => {
  const instruction = parseDockerfile(`FROM base\n${run}\n`).instructions.at(-1)
  const place = { shell, workdir: '/app', variables: new Map() }
  const found = instruction ? callsIn(instruction, place).calls : []
  return found.filter(({ uncertain }) => !uncertain)
}
const words = (command: string) => calls(`RUN ${command}`).map((call) => call.words.join(' '))

describe('the programs that a step calls', () => {
  test.each<[string, string[]]>([
    ['npm ci', ['npm ci']],
    ['npm  ci ', ['npm ci']],
    ['a && b || c; d & e | f', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['(a; b)', ['a', 'b']],
    ['{ a; }', ['a']],
    ['! a', ['a']],
    ['if a; then b; elif c; then d; else e; fi', ['a', 'b', 'c', 'd', 'e']],
    ['while a; do b; done', ['a', 'b']],
    ['until a; do b; done', ['a', 'b']],
    ['time a', ['a']],
    ['exec a b', ['a b']],
    ['command a', ['a']],
    ['builtin a', ['a']],
    ['eval a', ['a']],
    ['echo "a; b"', ['echo a; b']],
    ["echo 'a; b'", ['echo a; b']],
    ["echo 'a\"b'", ['echo a"b']],
    [`echo "it's" b`, [`echo it's b`]],
    ['echo "a"b', ['echo ab']],
    ['echo ""', ['echo ']],
    ['echo a\\ b', ['echo a b']],
    ['echo \\; a', ['echo ; a']],
    ["echo 'a\\' b", ['echo a\\ b']],
    ['echo # npm ci', ['echo']],
    ['echo a#b', ['echo a#b']],
    ['echo "#" a', ['echo # a']],
  ])('%s: %j', (command, expected) => expect(words(command)).toEqual(expected))

  test.each<[string, string[]]>([
    ['echo `npm ci`', ['npm ci', 'echo `npm ci`']],
    ['echo $(npm ci)', ['npm ci', 'echo $(npm ci)']],
    ["echo '`npm ci`'", ['echo `npm ci`']],
    ["echo '$(npm ci)'", ['echo $(npm ci)']],
    ['echo $HOME npm', ['echo $HOME npm']],
    ['echo \\`npm ci', ['echo `npm ci']],
    ['A=`npm ci` make', ['npm ci', 'make']],
  ])('a command inside of another one is a command: %s: %j', (command, expected) =>
    expect(words(command)).toEqual(expected),
  )

  test.each(['echo "$(npm ci)"', 'echo "`npm ci`"', 'echo "a $(npm ci) b"'])(
    'so is one between double quotes: %s',
    (command) => expect(words(command)).toContain('npm ci'),
  )

  test.each<[string, string[]]>([
    ['sudo npm ci', ['npm ci']],
    ['sudo -u app npm ci', ['npm ci']],
    ['sudo -E npm ci', ['npm ci']],
    ['sudo -E -u app -H npm ci', ['npm ci']],
    ['sudo sudo npm ci', ['npm ci']],
    ['/usr/bin/sudo npm ci', ['npm ci']],
    ['env A=b npm ci', ['npm ci']],
    ['env -i A=b npm ci', ['npm ci']],
    ['env -u X npm ci', ['npm ci']],
    ['nice -n 5 npm ci', ['npm ci']],
    ['nohup npm ci', ['npm ci']],
    ['timeout 60 npm ci', ['npm ci']],
    ['timeout -k 5 60 npm ci', ['npm ci']],
    ['gosu app npm ci', ['npm ci']],
    ['su-exec app npm ci', ['npm ci']],
    ['setpriv --reuid=1 npm ci', ['npm ci']],
    ['xargs -n 1 npm ci', ['npm ci']],
    ['doas -u app npm ci', ['npm ci']],
    ['sh -c "npm ci"', ['npm ci']],
    ['bash -lc "npm ci && make"', ['npm ci', 'make']],
    ['/bin/bash -c "npm ci"', ['npm ci']],
    ['ash -c "npm ci"', ['npm ci']],
    ['zsh -ec "npm ci"', ['npm ci']],
    ['su app -c "npm ci"', ['npm ci']],
    ['su --command "npm ci" app', ['npm ci']],
    ['runuser app -c "npm ci"', ['npm ci']],
    ['sudo su app -c "npm ci"', ['npm ci']],
    ['su app', ['su app']],
    ['sh build.sh', ['sh build.sh']],
    ['fish -c "npm ci"', ['fish -c npm ci']],
    ['make -c "npm ci"', ['make -c npm ci']],
    ['sh -c', ['sh -c']],
    ['sudo', []],
  ])('what only starts another program is left out: %s: %j', (command, expected) =>
    expect(words(command)).toEqual(expected),
  )

  test.each<[string, Record<string, string>]>([
    ['A=b npm ci', { A: 'b' }],
    ['A=b C="d e" npm ci', { A: 'b', C: 'd e' }],
    ['A= npm ci', { A: '' }],
    ['export A=b && npm ci', { A: 'b' }],
    ['export A=b C=d; npm ci', { A: 'b', C: 'd' }],
    ['export A; npm ci', {}],
    ['A=b; npm ci', { A: 'b' }],
    ['A=b true && npm ci', {}],
    ['A=b sh -c "npm ci"', { A: 'b' }],
    ['export A=b; sh -c "C=d npm ci"', { A: 'b', C: 'd' }],
    ['export A=b; A=c npm ci', { A: 'c' }],
    ['sudo A=b npm ci', { A: 'b' }],
    ['2A=b npm ci', {}],
    ['npm ci A=b', {}],
  ])('what is set for the last one: %s: %j', (command, env) =>
    expect(calls(`RUN ${command}`).at(-1)?.env).toEqual(env),
  )
})

describe('the form of a step', () => {
  const shown = (run: string, shell?: boolean) =>
    calls(run, shell).map((call) => call.words.join(' '))
  test('without a shell is one call, in which nothing is special', () => {
    expect(shown('RUN ["npm", "ci", "&&", "make"]')).toEqual(['npm ci && make'])
    expect(shown('RUN ["npm", "ci"]', false)).toEqual(['npm ci'])
    expect(shown('RUN ["sh", "-c", "npm ci && make"]')).toEqual(['npm ci', 'make'])
  })
  test('for a shell that is none of sh is not read', () =>
    expect(shown('RUN npm ci', false)).toEqual([]))
  test.each<[string, string[]]>([
    ['RUN <<EOF\nnpm ci\nmake\nEOF', ['npm ci', 'make']],
    ['RUN <<EOF\n#!/bin/sh\nnpm ci\nEOF', ['npm ci']],
    ['RUN <<EOF\n#!/usr/bin/env bash\nnpm ci\nEOF', ['npm ci']],
    ['RUN <<EOF\n#!/usr/bin/env -S bash -e\nnpm ci\nEOF', ['npm ci']],
    ['RUN <<EOF\n#!/usr/bin/env python3\nnpm ci\nEOF', ['python3']],
    ['RUN <<EOF\n#!/usr/bin/python3\nnpm ci\nEOF', ['python3']],
    ['RUN bash <<EOF\nnpm ci\nEOF', ['bash', 'npm ci']],
    ['RUN python3 <<EOF\nnpm ci\nEOF', ['python3']],
    ['RUN cat <<EOF\n#!/bin/sh\nnpm ci\nEOF', ['cat']],
    ['RUN <<EOF bash\nnpm ci\nEOF', ['bash', 'npm ci']],
    ['RUN export A=b <<EOF\nnpm ci\nEOF', []],
  ])('with a document is read by what it says: %j: %j', (run, expected) =>
    expect(shown(run)).toEqual(expected),
  )
})

test.each([
  ['npm', 'npm'],
  ['/usr/bin/npm', 'npm'],
  ['./npm', 'npm'],
  ['', ''],
])('the program of %j is %j', (word, name) => expect(programName(word)).toBe(name))

describe('a step may call a tool that it does not name', () => {
  test.each<[string, boolean]>([
    ['make', true],
    ['./build.sh', true],
    ['sh build.sh', true],
    ['apt-get update && ./build.sh', true],
    ['/usr/bin/make', true],
    ['cargo build', false],
    ['cargo build && make', true],
    ['apt-get update && cp a b', false],
    ['/bin/cp a b', false],
    ['rm -rf x', false],
    [': nothing', false],
  ])('%s: %s', (command, expected) =>
    expect(mayCall(calls(`RUN ${command}`), /^cargo$/)).toBe(expected),
  )
})
