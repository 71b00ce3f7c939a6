import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Fills a directory as npm's cache is laid out: content by its sha512, two levels of directories.
 * @param {string} cache
 * @param {number} files
 * @param {number} [size] of each at the least
 */
export function fillNpmCache(cache, files, size = 0) {
  for (let index = 0; index < files; index += 1) {
    const content = `content ${index} `.padEnd(size, 'abcdefgh')
    const digest = createHash('sha512').update(content).digest('hex')
    const directory = join(
      cache,
      '_cacache/content-v2/sha512',
      digest.slice(0, 2),
      digest.slice(2, 4),
    )
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, digest.slice(4)), content)
  }
}
