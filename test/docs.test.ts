import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { describe, expect, it, test } from 'vitest'
import type { Context } from '../src/foundation/cli/command'
import { type CacheSpec, CATALOGUE } from '../src/shared-cache/catalogue/core/catalogue'
import { makeProgram as makePersist } from '../src/persist/cli'
import { PLUGIN as PERSIST } from '../src/persist/plugin'
import { SETTINGS as PERSIST_SETTINGS } from '../src/persist/properties/core/properties'
import { makeProgram } from '../src/shared-cache/cli'
import { PLUGIN } from '../src/shared-cache/plugin'
import { SETTINGS as CACHE_SETTINGS } from '../src/shared-cache/properties/core/properties'
import { brokenLinks, codes, headings, section, tableRows } from './support/markdown'

const PAGES = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)

const read = (path: string) => readFileSync(path, 'utf8')

interface Plugin {
  readonly name: string
  /** The page that describes its commands. */
  readonly page: string
  readonly program: Command
  /** Commands that `dokku help` does not list. */
  readonly hidden: readonly string[]
}

// No program runs, so nothing else of the context is needed.
const contextOf = (plugin: unknown) => ({ platform: { plugin } }) as unknown as Context
const ignore = () => undefined

const PLUGINS: readonly Plugin[] = [
  {
    name: 'shared-cache',
    page: 'docs/commands.md',
    program: makeProgram(contextOf(PLUGIN), ignore),
    hidden: ['scheduled'],
  },
  {
    name: 'persist',
    page: 'docs/persist.md',
    program: makePersist(contextOf(PERSIST), ignore),
    hidden: ['scheduled'],
  },
]

/** Options of every command, documented once. */
const COMMON = ['--quiet', '--trace', '--force']
const isCommon = ({ long }: Option) => COMMON.includes(long ?? '')

describe.each(PLUGINS)('$page', ({ name: plugin, page, program, hidden }) => {
  const text = read(page)
  const sectionOf = (name: string) => section(text, `${plugin}:${name}`)
  const flagsIn = (part: string) =>
    tableRows(part).flatMap(([cell = '']) => codes(cell).filter((code) => code.startsWith('--')))

  test.each(program.commands.map((command) => [command.name(), command] as const))(
    'has a section for %s that lists exactly its options',
    (name, command) => {
      expect(sectionOf(name)).not.toBe('')
      const flags = command.options.filter((option) => !isCommon(option)).map(({ flags }) => flags)
      expect([...flagsIn(sectionOf(name))].sort()).toEqual([...flags].sort())
    },
  )

  const withValues = program.commands.flatMap((command) =>
    command.options
      .filter(({ defaultValue, argChoices }) => defaultValue !== undefined || argChoices)
      .map((option) => [command.name(), option.flags, option] as const),
  )
  test.each(withValues)('has the default and the choices of %s %s', (name, flags, option) => {
    const row = tableRows(sectionOf(name)).find(([cell = '']) => codes(cell).includes(flags)) ?? []
    for (const choice of option.argChoices ?? []) expect(row.join()).toContain(`\`${choice}\``)
    if (option.defaultValue === undefined) return
    expect(row.join()).toContain(`Default: \`${String(option.defaultValue)}\``)
  })

  const rows = [
    ...read(`plugin/${plugin}/commands`).matchAll(/^ {4}([\w-]+:(\w+)[^,]*), .+$/gm),
  ].map(([, usage = '', name = '']) => [name, usage] as const)
  test.each(rows)('has the usage of %s as `dokku help` prints it', (name, usage) => {
    expect(sectionOf(name)).toContain(`\ndokku ${usage}\n`)
  })

  it('has no section for a command that does not exist, and help lists all of them', () => {
    const names = program.commands.map((command) => command.name()).sort()
    const found = headings(text).filter((heading) => heading.startsWith(`${plugin}:`))
    expect([...found].sort()).toEqual(names.map((name) => `${plugin}:${name}`))
    expect([...rows.map(([name]) => name), ...hidden].sort()).toEqual(names)
  })

  it('documents the options of every command in one place', () => {
    for (const command of program.commands) {
      expect(command.options.filter(isCommon).map(({ flags }) => flags)).toEqual(COMMON)
    }
    const page = read('docs/commands.md')
    expect(flagsIn(section(page, 'Options of every command'))).toEqual(COMMON)
  })
})

describe.each([
  ['docs/properties.md', read('docs/properties.md'), CACHE_SETTINGS],
  ['docs/persist.md', section(read('docs/persist.md'), 'Properties'), PERSIST_SETTINGS],
])('the properties in %s', (_page, page, SETTINGS) => {
  const rows = new Map(
    tableRows(page)
      .filter(([cell = '']) => codes(cell).length === 1)
      .map((cells) => [codes(cells[0] ?? '')[0], cells]),
  )
  const SCOPES = { app: 'app', global: 'all apps', both: 'app, all apps' } as const

  test.each(SETTINGS.map((spec) => [spec.key, spec] as const))(
    'has the scope and the default of %s',
    (key, spec) => {
      const [, scope, fallback = ''] = rows.get(key) ?? []
      expect(scope).toBe(SCOPES[spec.scope])
      const [value] = codes(fallback)
      // A default may have any form that `set` accepts for the same value.
      expect(value === undefined ? '' : spec.parse(value)).toBe(spec.fallback)
    },
  )

  test.each(SETTINGS.map(({ key }) => key))('explains %s in its own section', (key) => {
    expect(section(page, key).trim()).not.toBe('')
  })

  it('lists no unknown property', () => {
    expect([...rows.keys()].sort()).toEqual(SETTINGS.map(({ key }) => key).sort())
  })
})

describe('docs/caches.md', () => {
  const rows = tableRows(read('docs/caches.md'))
  const rowOf = ({ name }: CacheSpec) => rows.find(([cell]) => cell === name) ?? []

  test.each(CATALOGUE.map((cache) => [cache.name, cache] as const))(
    'has the directory, the path, the variables and the default of %s',
    (_name, cache) => {
      const [, state, directory = '', place = '', variables = ''] = rowOf(cache)
      expect(state).toBe(cache.onByDefault ? 'on' : 'off')
      expect(codes(directory)).toEqual([cache.directory])
      expect(codes(place)).toEqual([cache.rootHome])
      const names = [cache.location, ...cache.helpers].map(({ name }) => name)
      expect([...codes(variables)].sort()).toEqual([...names].sort())
    },
  )
})

/** Source text of the program and of the plugins' scripts, with each run of white space as one space. */
function sources(): string {
  const folders = ['src', 'plugin', 'scripts']
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  return files
    .filter((path) => statSync(path).isFile())
    .map(read)
    .join('\n')
    .replaceAll("\\'", "'")
}

describe('docs/troubleshooting.md', () => {
  const source = sources()
  // A heading in backticks is a message of the plugin; capitals and … are placeholders.
  const messages = headings(read('docs/troubleshooting.md'))
    .map((heading) => /^`(.+)`$/.exec(heading)?.[1])
    .filter((message) => message !== undefined)

  test.each(messages)('quotes a message of the program: %s', (message) => {
    const parts = message
      .split(/…|(?<![\w-])[A-Z]{2,}(?![\w-])/)
      .map((part) => part.trim())
      .filter((part) => /\w{2,}/.test(part))
    expect(parts.length).toBeGreaterThan(0)
    expect(parts.filter((part) => !source.includes(part))).toEqual([])
  })

  it('has messages', () => {
    expect(messages.length).toBeGreaterThan(10)
  })
})

describe('the README and the pages in docs', () => {
  test.each(['README.md', 'CONTRIBUTING.md', ...PAGES])('%s has no broken link', (file) => {
    expect(brokenLinks(file)).toEqual([])
  })

  it('is a README of at most 150 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150)
  })

  test.each(PAGES.filter((page) => page !== 'docs/README.md'))('the index links to %s', (page) => {
    expect(read('docs/README.md')).toContain(`(${page.replace('docs/', '')})`)
  })
})
