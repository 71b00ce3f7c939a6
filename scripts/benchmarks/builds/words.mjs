import { TOOLS } from './tools.mjs'

/**
 * The base image, the tools and the way of `builds` and `together`. Throws for a word that they do not
 * know.
 * @param {readonly string[]} words
 */
export function readWords(words) {
  const isBuildOnly = words[0] === '--build-only'
  if (isBuildOnly) words = words.slice(1)
  const at = words.indexOf('--base')
  const base = at < 0 ? undefined : words[at + 1]
  const names = words.filter((_, index) => at < 0 || (index !== at && index !== at + 1))
  const unknown = names.find((name) => !TOOLS.some(({ cache }) => cache === name))
  if (unknown !== undefined) throw new Error(`No tool of this benchmark is called ${unknown}`)
  if (base === undefined) {
    throw new Error('Name an image with Python, pip, a C compiler, npm and cargo: --base IMAGE')
  }
  return {
    base,
    isBuildOnly,
    tools: TOOLS.filter(({ cache }) => names.length === 0 || names.includes(cache)),
  }
}
