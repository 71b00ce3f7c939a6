import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { CATALOGUE } from '../src/shared-cache/catalogue/core/catalogue'
import { SETTINGS } from '../src/shared-cache/settings/core/settings'
import { runBundle } from './support/bundle'

const readme = readFileSync('README.md', 'utf8')

describe('the manual', () => {
  test.each(SETTINGS.map(({ key }) => key))('has the property %s', (key) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${key}\``, 'm'))
  })

  test.each(CATALOGUE.map(({ name }) => name))('names the cache %s', (name) => {
    expect(readme).toMatch(new RegExp(`\\b${name}\\b`))
  })

  test.each(CATALOGUE.filter((cache) => cache.onByDefault).map((cache) => [cache.name, cache]))(
    'has the place and the variables of %s',
    (name, cache) => {
      const row = readme.split('\n').find((line) => line.startsWith(`| ${name} `)) ?? ''
      expect(row).toContain(`\`${cache.directory}\``)
      expect(row).toContain(`\`${cache.rootHome}\``)
      for (const variable of [cache.location, ...cache.helpers]) {
        expect(row).toContain(`\`${variable.name}\``)
      }
    },
  )

  const help = readFileSync('plugin/shared-cache/commands', 'utf8')
  const verbs = [...help.matchAll(/^ {4}shared-cache:(\w+)/gm)].map(([, verb = '']) => verb)
  test.each(verbs)('has the command %s', (verb) => {
    expect(readme).toContain(`\`shared-cache:${verb} `)
  })
})

interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
}

function typeOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number']
  return [typeof value]
}

/** What a document has that its schema does not say; the few words of JSON Schema that are used. */
function violations(schema: Schema, value: unknown, at = '$'): string[] {
  if ('const' in schema) return value === schema.const ? [] : [`${at} is not the constant`]
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${at} is none of its values`]
  const types = typeOf(value)
  if (![schema.type].flat().some((type) => type && types.includes(type))) {
    return [`${at} is ${types.join()}`]
  }
  if (Array.isArray(value)) {
    const { items } = schema
    return items ? value.flatMap((item, i) => violations(items, item, `${at}[${i}]`)) : []
  }
  if (typeof value !== 'object' || value === null) return []
  const own = Object.entries(value as Record<string, unknown>)
  const { properties = {}, required = [] } = schema
  return [
    ...required.filter((key) => !(key in value)).map((key) => `${at}.${key} is missing`),
    ...own.flatMap(([key, item]) => {
      const rule = properties[key]
      return rule ? violations(rule, item, `${at}.${key}`) : [`${at}.${key} is not in the schema`]
    }),
  ]
}

describe('the schema of the report', () => {
  const schema = JSON.parse(
    readFileSync('plugin/shared-cache/report.schema.json', 'utf8'),
  ) as Schema

  test.each([[[]], [['--buildkit']]])('has all that report --global %j says', async (words) => {
    const root = mkdtempSync(join(tmpdir(), 'manual-'))
    const env = { PATH: process.env['PATH'], SHARED_CACHE_ROOT: root }
    await runBundle(['setup'], env)
    const { exit, stdout } = await runBundle(
      ['report', '--global', '--format', 'json', ...words],
      env,
    )
    rmSync(root, { recursive: true })
    expect(exit).toBe(0)
    expect(violations(schema, JSON.parse(stdout))).toEqual([])
  })

  it('is broken by a field too few, too many, or of another type', () => {
    const small: Schema = {
      type: 'object',
      properties: { a: { type: 'integer' } },
      required: ['a'],
    }
    expect(violations(small, {})).toEqual(['$.a is missing'])
    expect(violations(small, { a: 1, b: 1 })).toEqual(['$.b is not in the schema'])
    expect(violations(small, { a: 'x' })).toEqual(['$.a is string'])
  })
})
