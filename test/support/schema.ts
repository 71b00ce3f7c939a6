/** The part of JSON Schema that the schemas of this repository use. */
export interface Schema {
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

/** Where a document violates its schema. Supports the used part of JSON Schema. */
export function violations(schema: Schema, value: unknown, at = '$'): string[] {
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
