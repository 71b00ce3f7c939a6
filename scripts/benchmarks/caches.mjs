import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const DAY = 86_400

/** @type {(kind: string, index: number) => string} */
const hash = (kind, index) => createHash(kind).update(`${index}`).digest('hex')

/** @type {Readonly<Record<string, (index: number) => string>>} Paths as the tools lay them out. */
const PATHS = {
  content(index) {
    const digest = hash('sha512', index)
    const spread = `${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest.slice(4)}`
    return `npm/_cacache/content-v2/sha512/${spread}`
  },
  bucket(index) {
    const digest = hash('sha256', index)
    return `npm/_cacache/index-v5/${digest.slice(0, 2)}/${digest.slice(2, 4)}/${digest.slice(4)}`
  },
  pip(index) {
    const digest = hash('sha224', index >> 1)
    const spread = Array.from(digest.slice(0, 5)).join('/')
    return `pip/http-v2/${spread}/${digest}${index % 2 === 0 ? '' : '.body'}`
  },
  uv: (index) => `uv/archive-v0/${hash('md5', Math.floor(index / 40))}/package/module${index}.py`,
  cargo: (index) =>
    `rust/registry/src/registry.example-6f17d22bba15001f/crate-${Math.floor(index / 50)}.0.0/src/file${index}.rs`,
}

/** @type {Readonly<Record<string, readonly string[]>>} */
const MIXES = { npm: ['content', 'bucket'], mixed: ['cargo', 'uv', 'pip', 'pip'] }

/**
 * Fills caches with small files as the tools would, each used at another time of the last year.
 * @param {string} root
 * @param {number} files
 * @param {'npm' | 'mixed'} mix
 */
export function fillCaches(root, files, mix) {
  const kinds = MIXES[mix] ?? []
  const made = new Set()
  const now = Date.now() / 1000
  for (let index = 0; index < files; index += 1) {
    // Pairs of pip are two indices of one kind.
    const kind = kinds[Math.floor(index / 2) % kinds.length] ?? ''
    const path = join(root, PATHS[kind]?.(index) ?? '')
    const directory = dirname(path)
    if (!made.has(directory)) mkdirSync(directory, { recursive: true })
    made.add(directory)
    writeFileSync(path, `content ${index}`)
    const used = now - 30 * DAY - ((index * 7919) % (300 * DAY))
    utimesSync(path, used, used)
  }
  if (mix === 'mixed') linkArchives(root, files)
}

/** uv's links to its archives. */
function linkArchives(/** @type {string} */ root, /** @type {number} */ files) {
  const wheels = join(root, 'uv/wheels-v5/pypi/package')
  mkdirSync(wheels, { recursive: true })
  for (let archive = 0; archive * 40 < files; archive += 1) {
    const name = hash('md5', archive)
    symlinkSync(`../../../archive-v0/${name}`, join(wheels, `1.0.${archive}-py3-none-any`))
  }
}
