import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../../../src/shared-cache/catalogue/core/catalogue'
import { parseDockerfile } from '../../../../src/shared-cache/dockerfile/core/parse'
import { planRewriting } from '../../../../src/shared-cache/dockerfile/core/rewrite'

const facts = {
  caches: CATALOGUE.map(({ name }) => name),
  browsers: null,
  buildArgs: new Map<string, string>(),
}

/** A command that fills a cache, and commands that empty or change it. */
const PAIRS: readonly (readonly [string, string, readonly string[]])[] = [
  ['npm', 'npm ci', ['npm --force cache clean', 'rm -rf ~/.npm', 'npm cache verify']],
  [
    'pip',
    'pip install six',
    ['pip -q cache purge', 'rm -rf /root/.cache', 'chmod -R 0 ~/.cache/pip'],
  ],
  ['uv', 'uv sync', ['uv --quiet cache clean', 'find /root/.cache/uv -delete']],
  ['cargo', 'cargo build', ['rm -rf $CARGO_HOME/registry', 'chown -R 1 /usr/local/cargo']],
]

const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`
const inDouble = (text: string) => `"${text.replace(/[\\"`$]/g, '\\$&')}"`

/** Everything that a shell puts around a command. Each one works for one command, and for a list. */
const AROUND: readonly ((command: string) => string)[] = [
  (command) => `true && ${command}`,
  (command) => `${command}; true`,
  (command) => `false || { ${command}; }`,
  (command) => `( ${command} )`,
  (command) => `! { ${command}; }`,
  (command) => `{ ${command}; } | cat`,
  (command) => `{ ${command}; } > /log 2>&1`,
  (command) => `{ ${command}; } & wait`,
  (command) => `echo $( ${command} )`,
  (command) => `echo "it's $( ${command} ) \\" here"`,
  (command) => `echo ${inDouble('a " b')} 'c " d' && ${command}`,
  (command) => `X=$( ${command} )`,
  (command) => `: "\${X:-$( ${command} )}"`,
  (command) => `echo $((1 + $( ${command} )))`,
  (command) => `cat <( ${command} )`,
  (command) => `[ -n "$( ${command} )" ]`,
  (command) => `[[ -n "$( ${command} )" ]]`,
  (command) => `if ${command}; then true; fi`,
  (command) => `if false; then true; elif true; then ${command}; else true; fi`,
  (command) => `while ${command}; do break; done`,
  (command) => `for x in 1 2; do ${command}; done`,
  (command) => `for x in $( ${command} ); do true; done`,
  (command) => `case "$x" in a) true ;; *) ${command} ;; esac`,
  (command) => `f() { ${command}; }; f`,
  (command) => `time { ${command}; }`,
  (command) => `sh -c ${quoted(command)}`,
  (command) => `bash -euxo pipefail -c ${inDouble(command)}`,
  (command) => `sudo -H sh -c ${quoted(command)}`,
  (command) => `su app -c ${quoted(command)}`,
  (command) => `eval ${quoted(command)}`,
  (command) => `trap ${quoted(command)} EXIT`,
  (command) => `retry 3 sh -c ${quoted(command)}`,
  (command) => `echo ${quoted(command)} | sh`,
  (command) => `sh <<< ${quoted(command)}`,
]

/** A command inside of up to four of them. */
const nested = (command: string) =>
  fc
    .array(fc.constantFrom(...AROUND), { maxLength: 4, size: 'max' })
    .map((around) => around.reduce((inner, wrap) => wrap(inner), command))

const step = fc.constantFrom(...PAIRS).chain(([cache, fills, harms]) =>
  fc.tuple(fc.constantFrom(...harms).chain(nested), fc.boolean()).map(([harm, first]) => ({
    cache,
    text: first ? `${harm}\n${fills}` : `${fills} && ${harm}`,
  })),
)

const given = (text: string) =>
  planRewriting(`FROM base\nRUN <<END_OF_STEP\n${text}\nEND_OF_STEP\n`, facts).steps[0]?.given.map(
    ({ cache }) => cache,
  )

describe('for every shell text', () => {
  test('a step that contains a command that empties or changes a cache does not get it', () => {
    fc.assert(
      fc.property(step, ({ cache, text }) => {
        expect(given(text)).not.toContain(cache)
      }),
      { numRuns: 400 },
    )
  })

  test('a command that fills a cache is found', () => {
    const certain = AROUND.filter((around) => !/^(?:trap|retry|echo ')/.test(around('')))
    fc.assert(
      fc.property(
        fc.constantFrom(...PAIRS),
        fc.array(fc.constantFrom(...certain), { maxLength: 3, size: 'max' }),
        ([cache, fills], around) => {
          expect(given(around.reduce((inner, wrap) => wrap(inner), fills))).toContain(cache)
        },
      ),
      { numRuns: 300 },
    )
  })

  const anything = fc.oneof(
    step.map(({ text }) => text),
    fc.string({ unit: 'grapheme-ascii', maxLength: 80, size: 'max' }),
    fc
      .array(
        fc.constantFrom(
          'npm ci',
          '"',
          "'",
          '$(',
          ')',
          '`',
          '\\',
          '&&',
          ';',
          '{',
          '<<',
          'if',
          'fi',
          '#',
          ' ',
        ),
        {
          maxLength: 12,
          size: 'max',
        },
      )
      .map((parts) => parts.join('')),
  )
  test('a rewrite never changes the words of a step', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const line = `RUN ${text.replace(/\s*\n\s*/g, '; ')}`
        const file = `FROM base\n${line}\nRUN npm ci\n`
        let before
        try {
          before = parseDockerfile(file)
        } catch {
          return
        }
        const after = parseDockerfile(planRewriting(file, facts).text)
        const words = ({ instructions }: typeof before) =>
          instructions.map(({ keyword, args, heredocs }) => ({ keyword, args, heredocs }))
        expect(words(after)).toEqual(words(before))
      }),
      { numRuns: 400 },
    )
  })
})
