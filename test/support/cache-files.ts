import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { crc32 } from '../../src/shared-cache/package-managers/core/crc32'

/** Small caches like those of the tools: these files were compared with real ones. */

const hash = (algorithm: string, content: Buffer | string) =>
  createHash(algorithm).update(content).digest('hex')

/** Writes a file with yesterday's time. */
export function put(path: string, content: Buffer | string = ''): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  makeOld(path)
}

export function makeOld(path: string): void {
  const yesterday = Date.now() / 1000 - 86_400
  utimesSync(path, yesterday, yesterday)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

const u16 = (value: number) => u32(value).subarray(0, 2)

/** A zip file; the first member is stored, the others are deflated. */
function zip(members: Readonly<Record<string, string | Buffer>>): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [index, [name, content]] of Object.entries(members).entries()) {
    const bytes = Buffer.from(content)
    const data = index === 0 ? bytes : deflateRawSync(bytes)
    const method = u16(index === 0 ? 0 : 8)
    const sizes = [u32(crc32(bytes)), u32(data.length), u32(bytes.length), u16(name.length), u16(0)]
    const head = [u32(0x04034b50), u16(20), u16(0), method, u32(0), ...sizes, Buffer.from(name)]
    const entry = [u32(0x02014b50), u16(20), u16(20), u16(0), method, u32(0), ...sizes]
    directory.push(...entry, Buffer.alloc(10), u32(offset), Buffer.from(name))
    const part = Buffer.concat([...head, data])
    parts.push(part)
    offset += part.length
  }
  const listed = Buffer.concat(directory)
  const count = u16(Object.keys(members).length)
  const end = [u32(0x06054b50), u32(0), count, count, u32(listed.length), u32(offset), u16(0)]
  return Buffer.concat([...parts, listed, ...end])
}

type Packable =
  string | Buffer | number | { readonly [key: string]: Packable } | readonly Packable[]

/** MessagePack of what tools store: texts, bytes, numbers below 128, lists and maps. */
export function msgpack(value: Packable): Buffer {
  if (typeof value === 'number') return Buffer.from([value])
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([0xda, bytes.length >> 8, bytes.length & 255]), bytes])
  }
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([Buffer.from([0xc6]), u32(value.length).reverse(), value])
  }
  if (Array.isArray(value)) {
    return Buffer.concat([Buffer.from([0x90 | value.length]), ...value.map(msgpack)])
  }
  const fields = Object.entries(value as Readonly<Record<string, Packable>>)
  const packed = fields.flatMap(([key, field]) => [msgpack(key), msgpack(field)])
  return Buffer.concat([Buffer.from([0x80 | fields.length]), ...packed])
}

/** A blob of npm and its bucket. Returns their paths in the cache. */
export function npmEntry(cache: string, content: string): { content: string; index: string } {
  const digest = hash('sha512', content)
  const line = JSON.stringify({ key: content, integrity: digest })
  const key = hash('sha256', content)
  const split = (hex: string) => `${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}`
  const paths = {
    content: `_cacache/content-v2/sha512/${split(digest)}`,
    index: `_cacache/index-v5/${split(key)}`,
  }
  put(join(cache, paths.content), content)
  put(join(cache, paths.index), `\n${hash('sha1', line)}\t${line}`)
  return paths
}

const REGISTRY = 'registry.example-1949cf8c6b5b557f'

/** A crate, its source and, if given, its index file. */
export function crate(
  cache: string,
  name: string,
  version: string,
  indexAt: string | null,
): { crate: string; source: string } {
  const content = gzipSync(`${name} ${version}`.repeat(100))
  const paths = {
    crate: `registry/cache/${REGISTRY}/${name}-${version}.crate`,
    source: `registry/src/${REGISTRY}/${name}-${version}`,
  }
  put(join(cache, paths.crate), content)
  put(join(cache, paths.source, 'src/lib.rs'), '//')
  put(join(cache, paths.source, '.cargo-ok'), '{"v":1}')
  makeOld(join(cache, paths.source))
  if (indexAt !== null) {
    const line = (vers: string, cksum: string) =>
      `${vers}\0${JSON.stringify({ name, vers, cksum })}\0`
    const lines = line('0.0.1', '0'.repeat(64)) + line(version, hash('sha256', content))
    put(
      join(cache, `registry/index/${REGISTRY}/.cache/${indexAt}`),
      `\x03\x02\0\0\0etag: x\0${lines}`,
    )
  }
  return paths
}

/** A download of pip. Returns the path of its header. */
export function download(
  cache: string,
  folder: 'http' | 'http-v2',
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): string {
  const key = hash('sha224', body)
  const path = `${folder}/${Array.from(key.slice(0, 5)).join('/')}/${key}`
  const all = { 'content-length': String(body.length), ...headers }
  const inside = folder === 'http' ? body : Buffer.alloc(0)
  const response = { body: inside, headers: all, status: 1, version: 11 }
  const head = Buffer.concat([Buffer.from('cc=4,'), msgpack({ response, vary: {} })])
  put(join(cache, path), head)
  if (folder === 'http-v2') put(join(cache, `${path}.body`), body)
  return path
}

const WHEEL = { 'x/__init__.py': 'x = 1\n'.repeat(200), 'x-1.0.dist-info/METADATA': 'Name: x\n' }

export const wheel = () => zip(WHEEL)

/** A wheel that pip built. Returns the path of its leaf directory. */
export function builtWheel(cache: string): string {
  const leaf = `wheels/a8/d7/fe/${'1'.repeat(50)}`
  put(join(cache, leaf, 'x-1.0-py3-none-any.whl'), wheel())
  put(join(cache, leaf, 'origin.json'), '{"url": "https://example.com/x-1.0.tar.gz"}')
  makeOld(join(cache, leaf))
  return leaf
}

/** An unpacked wheel of uv, a link to it and the files next to the link. */
export function archive(cache: string, id: string): { archive: string; link: string } {
  const paths = { archive: `archive-v0/${id}`, link: `wheels-v5/pypi/${id}/1.0-py3-none-any` }
  const lines = Object.entries(WHEEL).map(([path, content]) => {
    put(join(cache, paths.archive, path), content)
    const digest = createHash('sha256').update(content).digest('base64url')
    return `${path},sha256=${digest},${content.length}`
  })
  const record = [...lines, 'x-1.0.dist-info/RECORD,,', ''].join('\n')
  put(join(cache, paths.archive, 'x-1.0.dist-info/RECORD'), record)
  makeOld(join(cache, paths.archive))
  mkdirSync(dirname(join(cache, paths.link)), { recursive: true })
  symlinkSync(`../../../archive-v0/${id}`, join(cache, paths.link))
  put(join(cache, `${paths.link}.http`), answer('new', msgpack([id, 'x'])))
  put(join(cache, `${paths.link}.msgpack`), answer('old', msgpack(['x', '1.0'])))
  return paths
}

/** An index response of uv, in the formats of its versions. */
export function answer(form: 'old' | 'new' | 'plain', data: Buffer): Buffer {
  const policy = Buffer.from('what HTTP says of it '.repeat(9))
  if (form === 'plain') return data
  if (form === 'old') return Buffer.concat([data, policy, u64(policy.length)])
  const length = u64(data.length)
  return Buffer.concat([data, policy, u32(crc32(Buffer.concat([policy, length]))), length])
}

/** Build results of Go: an action and its output, and a program. */
export function goBuild(cache: string): { action: string; output: string; program: string } {
  const [content, program] = ['what was built', 'a program']
  const at = (digest: string, end: string) => `build/${digest.slice(0, 2)}/${digest}-${end}`
  const id = hash('sha256', 'an action')
  const paths = {
    action: at(id, 'a'),
    output: at(hash('sha256', content), 'd'),
    program: at(hash('sha256', program), 'd'),
  }
  const number = (value: number) => String(value).padStart(20)
  const entry = `v1 ${id} ${hash('sha256', content)} ${number(content.length)} ${number(1e18)}\n`
  put(join(cache, paths.action), entry)
  put(join(cache, paths.output), content)
  put(join(cache, paths.program, 'tool'), program)
  makeOld(join(cache, paths.program))
  return paths
}

/** A module of Go: its downloads, and its source. */
export function goModule(
  cache: string,
  path: string,
  version: string,
): { zip: string; hash: string; info: string; mod: string; source: string } {
  const prefix = `${path}@${version}/`.replace(/!([a-z])/g, (_, letter: string) =>
    letter.toUpperCase(),
  )
  const files: Record<string, string> = {
    [`${prefix}go.mod`]: `module ${path}\n`,
    [`${prefix}b.go`]: 'package b\n'.repeat(50),
    [`${prefix}a/a.go`]: 'package a\n',
  }
  const names = Object.keys(files).sort()
  const lines = names.map((name) => `${hash('sha256', files[name] ?? '')}  ${name}\n`)
  const h1 = createHash('sha256').update(lines.join('')).digest('base64')
  const at = (end: string) => `mod/cache/download/${path}/@v/${version}.${end}`
  const source = `mod/${path}@${version}`
  put(join(cache, at('zip')), zip(files))
  put(join(cache, at('ziphash')), `h1:${h1}`)
  put(join(cache, at('info')), JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }))
  put(join(cache, at('mod')), files[`${prefix}go.mod`] ?? '')
  for (const [name, content] of Object.entries(files)) {
    put(join(cache, source, name.slice(prefix.length)), content)
  }
  makeOld(join(cache, source))
  return { zip: at('zip'), hash: at('ziphash'), info: at('info'), mod: at('mod'), source }
}

/** A crate in sccache. Returns its path. */
export function compiled(cache: string): string {
  const digest = hash('sha256', 'a crate')
  const path = `0/${digest.slice(0, 1)}/${digest.slice(1, 2)}/${digest}`
  put(join(cache, path), zip({ 'libx.rlib': 'x'.repeat(500), stdout: '', stderr: '' }))
  return path
}
